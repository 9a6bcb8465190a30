"""Opening and editing, over the wire to a real server process."""

import pytest
from lsprotocol import types

from e2e.editor import editor
from tunesmith.wire.editor import FINE_TUNE_COMMAND

PROMPT = """---
model: googleai/gemini-2.5-flash
input:
  schema:
    review: string
tunesmith.task: classification
tunesmith.data:
  train: reviews.csv
  target: sentiment
---
{{role "system"}}Is the review positive or negative?
{{role "user"}}{{review}}
"""
REVIEWS = "review,sentiment\n" + "".join(
    f"A fine film {n},positive\nA dull film {n},negative\n" for n in range(12)
)


def lay(folder, prompt=PROMPT):
    (folder / "reviews.prompt").write_text(prompt, encoding="utf-8")
    (folder / "reviews.csv").write_text(REVIEWS, encoding="utf-8")


async def test_open_edit_and_mend(tmp_path):
    lay(tmp_path)
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")
        assert await one.codes(uri, 1, set()) == []

        one.edit(uri, 2, (11, 25), "{{titel}}")
        found = await one.codes(uri, 2, {"undefined-variable", "data-column-missing"})
        assert {d.range.start.line for d in found} == {11}
        assert all(d.code_description and d.code_description.href for d in found)
        assert {d.source for d in found} == {"tunesmith"}

    assert one.exit_code == 0


async def test_a_fault_in_the_data_stands_in_the_data_and_in_the_prompt(tmp_path):
    lay(tmp_path, PROMPT.replace("sentiment\n---", "sentiment\n  labels: [positive]\n---"))
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")

        await one.codes(uri, 1, {"label-unknown"})

        data_uri = (tmp_path / "reviews.csv").as_uri()
        await one.until(lambda: data_uri in one.published)
        found = one.published[data_uri][-1].diagnostics
        assert {d.code for d in found} == {"label-unknown"}
        assert [d.range.start.line for d in found] == [2]

        one.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        )
        await one.until(lambda: not one.published[data_uri][-1].diagnostics)


async def test_text_that_python_would_split_elsewhere_is_edited_where_the_editor_does(tmp_path):
    lay(tmp_path)
    async with editor(tmp_path) as one:
        text = PROMPT.replace("negative?", "negative?\u2028\x0c\x85")
        uri = one.open("reviews.prompt", text)

        one.edit(uri, 2, (11, 15), "{{#if review}}")

        (found,) = await one.codes(uri, 2, {"unclosed-block"})
        assert found.range.start.line == 11


async def test_hover_lenses_and_fixes(tmp_path):
    lay(tmp_path, PROMPT.replace("{{review}}", "{{review}}{{reviw}}"))
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")
        document = types.TextDocumentIdentifier(uri)
        found = await one.codes(uri, 1, {"undefined-variable", "data-column-missing"})

        hover = await one.client.text_document_hover_async(
            types.HoverParams(document, types.Position(11, 18))
        )
        lenses = await one.client.text_document_code_lens_async(types.CodeLensParams(document))
        actions = await one.client.text_document_code_action_async(
            types.CodeActionParams(document, found[0].range, types.CodeActionContext(found))
        )

        assert hover and isinstance(hover.contents, types.MarkupContent)
        assert hover.contents.value == (
            "**review**: variable, column `review` of `reviews.csv`, in row 1:\n"
            "```text\nA fine film 0\n```"
        )
        assert [lens.command.title for lens in lenses or [] if lens.command] == [
            "Preview",
            "Fine-tune with this prompt · 24 rows",
            "Evaluate",
            "Tokens of row 1",
        ]
        assert {action.title for action in actions or []} == {
            'Change "reviw" to "review"',
            "Allow undefined-variable on this line",
            "Allow data-column-missing on this line",
        }


async def test_a_change_that_cannot_be_read_is_not_guessed_at(tmp_path):
    lay(tmp_path)
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")
        await one.codes(uri, 1, set())
        start = {"line": 0, "character": -1}
        one.client.protocol._send_data(
            {
                "jsonrpc": "2.0",
                "method": "textDocument/didChange",
                "params": {
                    "textDocument": {"uri": uri, "version": 2},
                    "contentChanges": [{"range": {"start": start, "end": start}, "text": "x"}],
                },
            }
        )
        (lost,) = await one.until(lambda: one.published[uri][-1].diagnostics)
        assert lost.message.startswith("The editor sent a change that could not be read")

        whole = types.TextDocumentContentChangeWholeDocument(text=PROMPT + "{{#if review}}")
        one.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(3, uri), [whole]
            )
        )
        await one.codes(uri, 3, {"unclosed-block"})


async def test_a_flood_of_edits_ends_with_the_diagnostics_of_the_last(tmp_path):
    lay(tmp_path)
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")

        for version in range(2, 1002):
            one.edit(uri, version, (11, 15), "x")
        one.edit(uri, 1002, (11, 15), "{{#if review}}")

        await one.codes(uri, 1002, {"unclosed-block"})
        assert len(one.published[uri]) < 200


async def test_nothing_is_imported_from_the_workspace(tmp_path, monkeypatch):
    lay(tmp_path)
    for name in ("csv", "yaml", "tunesmith"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    # Editors start the server in the workspace.
    monkeypatch.chdir(tmp_path)
    async with editor(tmp_path) as one:
        one.open("reviews.prompt", PROMPT.replace("train: reviews.csv", "train: absent.csv"))
        uri = one.open("reviews.prompt", PROMPT.replace("sentiment\n---", "sentimnt\n---"))
        await one.codes(uri, 1, {"data-column-missing"})

    assert not (tmp_path / "ran").exists()


async def test_data_that_changes_is_read_again_and_what_a_run_writes_is_not(tmp_path):
    lay(tmp_path)
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")
        await one.codes(uri, 1, set())

        run = tmp_path / ".tunesmith" / "runs" / "a"
        one.tell_changed(run / "events.jsonl", run / "rows.jsonl")
        data = tmp_path / "reviews.csv"
        data.write_text(REVIEWS + "ragged\n")
        one.tell_changed(run / "events.jsonl", data)

        await one.codes(uri, 1, {"broken-row"})
        assert one.refreshed == 1


async def test_for_an_editor_that_watches_no_files_the_server_does(tmp_path):
    lay(tmp_path, PROMPT.replace("reviews.csv", "data/reviews.csv"))
    (tmp_path / "data").mkdir()
    data = (tmp_path / "reviews.csv").rename(tmp_path / "data" / "reviews.csv")
    async with editor(tmp_path, watches=False) as one:
        uri = one.open("reviews.prompt")
        await one.codes(uri, 1, set())

        data.write_text(REVIEWS + "ragged\n")
        await one.codes(uri, 1, {"broken-row"})

        # As many editors save: the new file takes the old one's place.
        (tmp_path / "data" / "new").write_text(REVIEWS)
        (tmp_path / "data" / "new").replace(data)
        await one.codes(uri, 1, set())
        assert one.asked == []


async def test_a_refusal_names_its_key_and_goes_with_the_next_edit(tmp_path):
    lay(
        tmp_path,
        PROMPT.replace("---\n{{role", "tunesmith.train:\n  base: local/absent\n---\n{{role"),
    )
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")
        await one.codes(uri, 1, set())

        with pytest.raises(Exception, match="absent"):
            await one.execute(FINE_TUNE_COMMAND, uri=uri)
        (note,) = await one.codes(uri, 1, {"run-refused"})
        assert note.range.start.line == 10

        one.edit(uri, 2, (12, 0), " ")
        await one.codes(uri, 2, set())


async def test_data_that_was_mended_a_moment_ago_is_not_held_against_a_run(tmp_path):
    lay(
        tmp_path,
        PROMPT.replace("---\n{{role", "tunesmith.train:\n  base: local/absent\n---\n{{role"),
    )
    (tmp_path / "reviews.csv").write_text(REVIEWS + "ragged\n")
    async with editor(tmp_path) as one:
        uri = one.open("reviews.prompt")
        await one.codes(uri, 1, {"broken-row"})
        with pytest.raises(Exception, match="line 26"):
            await one.execute(FINE_TUNE_COMMAND, uri=uri)

        # Nobody has told the server of this yet.
        (tmp_path / "reviews.csv").write_text(REVIEWS)

        with pytest.raises(Exception, match="absent"):
            await one.execute(FINE_TUNE_COMMAND, uri=uri)
