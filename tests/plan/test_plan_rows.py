"""What a plan makes of rows that cannot be used, of conversations and of variants."""

import json

import pytest

from tiny import write_tiny_model
from tunesmith.plan import PlanError, RunRequest, plan_run
from tunesmith.prompt.files import read_prompt

PROMPT = """---
tunesmith.task: classification
tunesmith.data: {train: films.csv, target: label}
tunesmith.train: {base: local/model}
---
{{role "user"}}{{text}}
"""
ROWS = "text,label\ngood,p\nbad,n\nodd,x\nfine,\nbroken\n"


@pytest.fixture
def workspace(tmp_path):
    write_tiny_model(tmp_path / "model")
    (tmp_path / "films.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def plan(workspace, text=PROMPT, **overrides):
    path = workspace / "films.prompt"
    path.write_text(text, encoding="utf-8")
    request = RunRequest(overrides=overrides)
    return plan_run(read_prompt(path, workspace), workspace, request)


def refusal(workspace, text=PROMPT, **overrides) -> PlanError:
    with pytest.raises(PlanError) as caught:
        plan(workspace, text, **overrides)
    return caught.value


def test_rows_that_cannot_be_used_end_it_with_counts(workspace):
    error = refusal(workspace)

    assert str(error) == (
        "2 rows cannot be used (1 broken, 1 without a label): "
        "films.csv, line 5: the label is empty; "
        "films.csv, line 6: 1 field where the first line names 2 (text, label). "
        "Mend them, or leave them out: bad_rows: skip in tunesmith.train"
    )
    assert error.key == ("tunesmith.data", "train")


def test_rows_that_are_skipped_end_nothing(workspace):
    assert plan(workspace, bad_rows="skip").data.labels == ("n", "p", "x")


def test_an_unknown_label_is_skipped_where_labels_are_declared(workspace):
    text = PROMPT.replace("target: label", "target: label, labels: [p, n]")

    assert refusal(workspace, text).key == ("tunesmith.data", "train")
    assert plan(workspace, text, bad_rows="skip").data.labels == ("p", "n")


def test_a_file_of_nothing_but_bad_rows_is_refused(workspace):
    text = PROMPT.replace("target: label", "target: label, labels: [a, b]")

    assert str(refusal(workspace, text, bad_rows="skip")).startswith(
        "films.csv: none of its rows can be used: "
    )


def test_labels_are_the_answers_of_conversations(workspace):
    turns = [[{"from": "human", "value": "?"}, {"from": "gpt", "value": v}] for v in ("p", "n")]
    (workspace / "chats.json").write_text(json.dumps([{"chat": one} for one in turns]))
    text = PROMPT.replace("films.csv, target: label", "chats.json, target: chat")

    assert plan(workspace, text).data.labels == ("n", "p")


def variant(workspace, name: str, text: str = "Is it good? {{text}}") -> None:
    (workspace / f"films.{name}.prompt").write_text(text, encoding="utf-8")


def with_variants(what: str) -> str:
    return PROMPT.replace(
        "base: local/model", f"base: local/model, bad_rows: skip, variants: {what}"
    )


@pytest.mark.parametrize(
    ("what", "names"),
    [("all", ["long", "short"]), ("[short]", ["short"]), ("[short, long]", ["short", "long"])],
)
def test_variants_are_read_with_the_plan(workspace, what, names):
    for name in ("short", "long", "short.er"):
        variant(workspace, name)

    spec = plan(workspace, with_variants(what))

    assert [one.path for one in spec.variants] == [f"films.{name}.prompt" for name in names]
    assert spec.variants[0].text == "Is it good? {{text}}"
    assert "variants" not in spec.train


def test_without_the_key_no_variant_is_trained_on(workspace):
    variant(workspace, "short")

    assert plan(workspace, bad_rows="skip").variants == ()


def test_a_variant_does_not_inherit_its_siblings(workspace):
    variant(workspace, "short")
    (workspace / "films.prompt").write_text(with_variants("all"), encoding="utf-8")

    loaded = read_prompt(workspace / "films.short.prompt", workspace)

    assert plan_run(loaded, workspace, RunRequest()).variants == ()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("[shrot]", 'no variant is called "shrot"; did you mean "short"?'),
        ("[other]", 'no variant is called "other"; there are short'),
    ],
)
def test_an_unknown_variant_is_refused(workspace, what, message):
    variant(workspace, "short")

    error = refusal(workspace, with_variants(what))

    assert str(error) == f"films.prompt: variants: {message}"
    assert error.key == ("tunesmith.train", "variants")


def test_all_variants_of_none_are_refused(workspace):
    assert str(refusal(workspace, with_variants("all"))) == (
        "films.prompt: variants: there is no films.NAME.prompt beside it"
    )


def test_the_settings_hash_knows_which_variants_are_trained_on(workspace):
    variant(workspace, "short")
    variant(workspace, "long")
    found = [plan(workspace, with_variants(what)) for what in ("all", "[long]", "[short]", "[]")]

    assert len({spec.prompt.settings_hash for spec in found}) == 4
    assert len({spec.prompt.render_hash for spec in found}) == 1
