"""Preview, fine-tune, cancel and the death of a server, with the builtin model."""

import time

import pytest
from lsprotocol import types

from e2e.editor import Editor, editor
from tunesmith.jobs.manager import Grace, RunManager
from tunesmith.jobs.store import RunStore
from tunesmith.models.registry import resolve
from tunesmith.settings import Settings
from tunesmith.wire.editor import (
    CANCEL_COMMAND,
    EVALUATE_COMMAND,
    FINE_TUNE_COMMAND,
    PREVIEW_COMMAND,
)

PATIENCE_S = 400
BUILTIN = "builtin/smollm2-135m-instruct"
PROMPT = f"""---
input:
  schema:
    review: string
tunesmith.task: classification
tunesmith.data:
  train: reviews.csv
  target: sentiment
tunesmith.train:
  base: {BUILTIN}
  batch_size: 4
  max_rows: 16
  eval_steps: 2
tunesmith.eval:
  validation_rows: 4
  test_rows: 8
tunesmith.preview:
  max_new_tokens: 12
---
{{{{role "user"}}}}Is this film review positive or negative? {{{{review}}}}
"""
PRAISE = ("fine", "lovely", "moving", "clever", "warm")
BLAME = ("dull", "noisy", "empty", "lazy", "cold")
NOUNS = ("film", "story", "cast", "ending", "score", "script")


@pytest.fixture
def workspace(tmp_path):
    problem = resolve(BUILTIN, workspace=tmp_path).problem
    if problem:
        pytest.skip(f"the end-to-end tests need the builtin model: {problem}")
    rows = [
        f"A {word} {noun},{label}"
        for noun in NOUNS
        for words, label in ((PRAISE, "positive"), (BLAME, "negative"))
        for word in words
    ]
    (tmp_path / "reviews.csv").write_text("\n".join(["review,sentiment", *rows]) + "\n")
    (tmp_path / "reviews.prompt").write_text(PROMPT)
    yield tmp_path
    # A job outlives its server, and so it would outlive a test that failed.
    manager = RunManager(RunStore(tmp_path), Settings(), Grace(ask_s=0.0, signal_s=5.0))
    while live := [run.run_id for run in manager.store.runs() if not run.is_over]:
        for run_id in live:
            manager.cancel(run_id)
        time.sleep(0.1)


def is_over(one: Editor, run_id: str) -> bool:
    return one.status(run_id) in ("finished", "failed", "cancelled", "lost")


def without_gaps(events: list[dict]) -> bool:
    return [event["seq"] for event in events] == list(range(1, len(events) + 1))


async def test_a_preview_streams_and_stays_behind_the_template(workspace):
    async with editor(workspace) as one:
        uri = one.open("reviews.prompt")

        first = await one.execute(PREVIEW_COMMAND, uri=uri, row=2)
        again = await one.execute(PREVIEW_COMMAND, uri=uri, row=2)

        assert first["rendered"].endswith("positive or negative? A lovely film")
        assert (first["row"], first["stopped"]) == (2, False)
        assert 0 < first["tokens"] <= 12
        assert again == first
        kinds = [each["kind"] for each in one.progress]
        assert kinds[0] == "begin" and kinds[-1] == "end"
        hints = await one.client.text_document_inlay_hint_async(
            types.InlayHintParams(
                types.TextDocumentIdentifier(uri),
                types.Range(types.Position(0, 0), types.Position(99, 0)),
            )
        )
        assert hints and len(hints) == 1
        hint = hints[0]
        assert hint.position == types.Position(PROMPT.count("\n") - 1, len(PROMPT.splitlines()[-1]))
        assert first["output"][:10].strip() in str(hint.label)


async def test_a_run_outlives_a_server_that_was_killed_and_loses_no_event(workspace):
    async with editor(workspace) as one:
        uri = one.open("reviews.prompt")
        run_id = (await one.execute(FINE_TUNE_COMMAND, uri=uri))["runId"]
        await one.until(
            lambda: any(event["kind"] == "step" for event in one.heard(run_id)), PATIENCE_S
        )
        heard = one.heard(run_id)
        await one.kill()
    assert without_gaps(heard)

    async with editor(workspace) as two:
        uri = two.open("reviews.prompt")
        (run,) = await two.runs()
        assert (run["runId"], run["promptUri"]) == (run_id, uri)
        missed = await two.events(run_id, heard[-1]["seq"])
        await two.until(lambda: is_over(two, run_id), PATIENCE_S)
        assert two.status(run_id) == "finished", two.emitted[-1]["state"]["tooltip"]

        known = {event["seq"]: event for event in [*heard, *missed, *two.heard(run_id)]}
        everything = await two.events(run_id)
        assert without_gaps(everything)
        assert list(known.values()) == everything
        told = two.heard(run_id)
        assert told == everything[-len(told) :]
        assert everything[-1]["kind"] == "finished"
        assert two.progress[-1]["kind"] == "end"
        (message,) = two.client.messages
        summary = everything[-1]["summary"]
        assert message.message == f"Fine-tuning reviews.prompt is done. {summary}"
        assert message.type == types.MessageType.Info
        lenses = await two.client.text_document_code_lens_async(
            types.CodeLensParams(types.TextDocumentIdentifier(uri))
        )
        titles = [lens.command.title for lens in lenses or [] if lens.command]
        assert titles[2].startswith("Evaluate · ✓ test accuracy ")
        assert ", base " in titles[2]


async def test_a_cancelled_run_ends_with_its_events(workspace):
    async with editor(workspace) as one:
        uri = one.open("reviews.prompt")
        run_id = (await one.execute(FINE_TUNE_COMMAND, uri=uri, overrides={"epochs": 50}))["runId"]
        await one.until(
            lambda: any(event["kind"] == "step" for event in one.heard(run_id)), PATIENCE_S
        )

        # The cancel button of the progress bar.
        token = next(each["token"] for each in one.progress if each["kind"] == "begin")
        one.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))

        await one.until(lambda: is_over(one, run_id), PATIENCE_S)
        assert one.status(run_id) == "cancelled"
        assert not one.client.messages
        events = await one.events(run_id)
        assert without_gaps(events) and events[-1]["kind"] == "cancelled"
        assert (await one.execute(CANCEL_COMMAND, runId=run_id)) == {"runId": run_id}


async def test_a_run_that_cannot_be_is_refused_where_the_reason_stands(workspace):
    (workspace / "reviews.csv").write_text("review,sentiment\nfine,positive\nlovely,positive\n")
    async with editor(workspace) as one:
        uri = one.open("reviews.prompt")

        with pytest.raises(Exception, match="every row has the same sentiment"):
            await one.execute(EVALUATE_COMMAND, uri=uri)

        def refusal():
            notes = one.published[uri][-1].diagnostics
            return [note for note in notes if note.code == "run-refused"]

        (note,) = await one.until(refusal)
        assert note.range.start.line == 6
        assert await one.runs() == []
