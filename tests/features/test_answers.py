from lsprotocol import types

from features.test_run_view import BASE, FINISHED, STARTED, STEP, TUNED, run
from tunesmith.features.code_lens import LensFacts, code_lenses
from tunesmith.features.inlay_hints import LastPreview, fenced, preview_hint, shorten
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.editor import PreviewResult


def titles(facts: LensFacts) -> list[str]:
    return [lens.command.title for lens in code_lenses("file:///p", facts) if lens.command]


def test_lenses_say_what_can_be_done():
    assert titles(LensFacts()) == ["Preview", "Fine-tune with this prompt", "Evaluate"]


def test_lenses_show_the_size_of_the_data_and_the_last_score():
    scored = run("finished", STARTED, BASE, TUNED, FINISHED)

    assert titles(LensFacts(has_data=True, n_rows=10605, render_hash="r", last_scored=scored))[
        1:
    ] == [
        "Fine-tune with this prompt · 10,605 rows",
        "Evaluate · ✓ test accuracy 0.89 [0.84, 0.93], base 0.60 [0.54, 0.67]",
        "Tokens of row 1",
    ]


def test_data_too_large_to_count_has_tokens_too():
    assert titles(LensFacts(has_data=True, n_rows=None))[3] == "Tokens of row 1"
    assert len(titles(LensFacts(has_data=True, n_rows=0))) == 3


def test_a_score_of_another_wording_says_so():
    scored = run("finished", STARTED, BASE, TUNED, FINISHED)

    assert titles(LensFacts(render_hash="new", last_scored=scored))[2].endswith(
        "(of an earlier wording)"
    )


def test_a_run_that_lives_can_be_cancelled():
    lens = code_lenses("file:///p", LensFacts(live=run("running", STARTED, STEP)))[3]

    assert lens.command == types.Command(
        title="Cancel run",
        command="tunesmith.server.cancelRun",
        arguments=[{"runId": "20260101-a"}],
    )


def hint(render_hash):
    text = "Say it:\n{{x}}\n\n"
    result = PreviewResult(
        row=2, rendered="", output="good\n" * 40, tokens=9, seconds=0.25, stopped=False
    )
    last = LastPreview(result=result, render_hash="r", model="builtin/x")
    return preview_hint(last, parse(text), LineIndex(text), render_hash, "utf-16")


def test_a_preview_stands_short_behind_the_last_line_of_the_template():
    found = hint("r")

    assert found.position == types.Position(1, 5)
    assert found.label == "→ good good good good good good good good good go…"
    assert isinstance(found.tooltip, types.MarkupContent)
    assert found.tooltip.value.startswith("Row 2, builtin/x: 9 tokens in 0.2 s\n\n```text\ngood\n")


def test_a_preview_of_another_wording_says_so():
    assert str(hint("new").label).endswith("(earlier wording)")


def test_nothing_in_a_model_s_words_leaves_their_box():
    assert fenced("a\n```\n[x](command:y)") == "````text\na\n```\n[x](command:y)\n````"
    assert shorten("a\x1b[31mb\n  \u202ec", 9) == "a[31mb c"
