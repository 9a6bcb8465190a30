"""Rules that look at real tokens: their counts are those of encoding every row."""

import random
import re
from pathlib import Path

import pytest

from fixtures import Case, fixed, lint_case
from tiny_tokenizers import KINDS, prompt_head, write_model
from tunesmith.analysis.check import check_data
from tunesmith.analysis.model import load_model
from tunesmith.lint.model import Model
from tunesmith.lint.run import rules
from tunesmith.lint.selection import Selection
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.example import Example, make_example
from tunesmith.prompt.files import LoadedPrompt, load_prompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.wire.finding import Finding

TOKEN_RULES = frozenset(name for name, rule in rules().items() if rule.needs_model)


def found(text: str, rows: str, folder: Path, *names: str) -> list[Finding]:
    only = frozenset(names) or TOKEN_RULES
    return lint_case(Case(text=text, files={"films.csv": rows}), folder, Selection(only=only))


@pytest.mark.parametrize("seed", range(4))
def test_the_rows_that_are_left_out_are_counted(seed: int, tmp_path: Path):
    draw = random.Random(seed)
    reviews = ["film " * draw.randint(1, 30) for _ in range(40)]
    text = prompt_head("chatml", ", max_length: 40") + "{{review}}"
    csv = "review,label\n" + "".join(f"{review},fine\n" for review in reviews)

    (finding,) = found(text, csv, tmp_path, "truncated-row")

    loaded = load_prompt(text, tmp_path / "case.prompt", tmp_path)
    encoder = Encoder.load(tmp_path / "models" / "chatml")
    examples = [make_example(loaded, {"review": one, "label": "fine"}) for one in reviews]
    sizes = [len(encoder.encode(one.messages, one.target).ids) for one in examples]
    n_long, longest = sum(n > 40 for n in sizes), max(sizes)
    assert finding.message.startswith(f"{n_long} of 40 rows of films.csv have more than max_length")
    assert "and no run begins with them" in finding.message
    assert finding.message.endswith(
        f"or set max_length: {longest} to keep all, or bad_rows: skip to go without"
    )
    (skipped,) = found(text.replace("40}", "40, bad_rows: skip}"), csv, tmp_path, "truncated-row")
    assert "tokens and are left out of training; this is" in skipped.message
    assert skipped.message.endswith(f"or set max_length: {longest} to keep all")
    assert finding.data_line == sizes.index(longest) + 2
    kept = text.replace("max_length: 40", f"max_length: {longest}")
    assert found(kept, csv, tmp_path, "truncated-row") == []
    one_less = text.replace("max_length: 40", f"max_length: {longest - 1}")
    assert len(found(one_less, csv, tmp_path, "truncated-row")) == 1


def test_nothing_left_to_train_on_is_an_error(tmp_path: Path):
    text = prompt_head("chatml", ", max_length: 8") + "{{review}}"

    (finding,) = found(text, "review,label\nfine film,a\ndull film,b\n", tmp_path, "truncated-row")

    assert (finding.severity, finding.message[:22]) == ("error", "2 of 2 rows of films.c")


def test_a_row_that_must_be_short_is_not_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    n_encoded = 0
    encode = Encoder.encode

    def counted(*args, **named):
        nonlocal n_encoded
        n_encoded += 1
        return encode(*args, **named)

    monkeypatch.setattr(Encoder, "encode", counted)
    rows = "".join(f"fine film {n},fine\n" for n in range(500)) + "film " * 1500 + ",fine\n"

    (finding,) = found(
        prompt_head("chatml") + "{{review}}", f"review,label\n{rows}", tmp_path, "truncated-row"
    )

    assert finding.message.startswith("1 of 501 rows")
    assert n_encoded == 1


@pytest.mark.parametrize("kind", ["broken", "endless"])
def test_a_template_that_cannot_be_run_gives_one_finding(kind: str, tmp_path: Path):
    rows = "review,label\n" + "".join(f"film {n},fine\nfilm {n},dull\n" for n in range(30))

    findings = found(prompt_head(kind, task="classification") + "{{review}} ", rows, tmp_path)

    assert [(one.rule, one.severity) for one in findings] == [("prefix-mismatch", "error")]
    assert f"rows cannot be put to local/models/{kind}: the model's chat template" in (
        findings[0].message
    )


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"endless", "broken"}))
@pytest.mark.parametrize("system", ["", '{{role "system"}}Judge.{{role "user"}}'])
def test_a_mismatch_is_said_exactly_where_rows_do_not_begin_as_answers_do(
    kind: str, system: str, tmp_path: Path
):
    body = f"{system}{{{{review}}}}"

    findings = found(
        prompt_head(kind) + body, "review,label\nfilm,fine\n", tmp_path, "prefix-mismatch"
    )

    loaded = load_prompt(prompt_head(kind) + body, tmp_path / "case.prompt", tmp_path)
    model = load_model(loaded, tmp_path)
    assert model
    assert [one.severity for one in findings] == (
        [] if begins_as_answers_do(model, loaded) else ["error"]
    )


def begins_as_answers_do(model: Model, loaded: LoadedPrompt) -> bool:
    example: Example = make_example(loaded, {"review": "film", "label": "fine"})
    try:
        asked = model.encode(example.messages, None).ids
        return model.encode(example.messages, example.target).ids[: len(asked)] == asked
    except EncodeError:
        return False


BODIES = ["", " ", "{{review}}", "{{#if x}}", "{{role 'model'}}", "{{role 'tool'}}x", "{{> gone}}"]
ODD_BODIES = [
    "{{media url=review}}",
    "{{json this}}",
    "{{lookup this 'x'}}\ud83d",
    "{{history}}{{x}}",
]
ROWS = ["", "review\n", "review,label\n,\n,\n", "x,label\n1,a\n 2 ,b \n"]


@pytest.mark.parametrize("kind", ["chatml", "inst", "bos", "no-template", "system", "unasked"])
def test_whatever_is_sampled_is_judged(kind: str, tmp_path: Path):
    write_model(tmp_path / "models" / kind, kind)

    for rows in ROWS:
        (tmp_path / "films.csv").write_text(rows)
        for body in (*BODIES, *ODD_BODIES):
            text = prompt_head(kind, task="classification") + body
            loaded = load_prompt(text, tmp_path / "a.prompt", tmp_path)
            told = check_data(loaded, tmp_path, Selection(only=TOKEN_RULES))
            assert [one.message for one in told if "could not judge" in one.message] == []


DEEP = "[" * 200_000
FILES = ["config.json", "tokenizer_config.json", "tokenizer.json", "chat_template.jinja"]


@pytest.mark.parametrize("name", [*FILES, "generation_config.json", "model.safetensors"])
@pytest.mark.parametrize("content", ["[]", "{", DEEP, '{"hidden_size": -4, "text_config": 3}'])
def test_a_broken_model_folder_breaks_nothing(name: str, content: str, tmp_path: Path):
    folder = tmp_path / "models" / "chatml"
    write_model(folder, "chatml")
    (folder / name).write_text(content)

    findings = found(prompt_head("chatml") + "{{review}}", "review,label\nfilm,fine\n", tmp_path)

    assert {one.rule for one in findings} <= {"prefix-mismatch"}


ANSWER = "Review: {{review}} Answer: {{#if label}}{{role 'model'}}{{label}}{{/if}}"


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("chatml", "", ["trailing-space"]),
        ("trimming", "", []),
        ("trimming", ", template: plain", ["trailing-space"]),
        ("no-template", "", ["trailing-space"]),
    ],
)
def test_a_trailing_blank_counts_where_it_reaches_the_tokens(
    kind: str, more: str, expected: list[str], tmp_path: Path
):
    names = ("trailing-space", "prompt-target-merge")

    findings = found(
        prompt_head(kind, more) + ANSWER, "review,label\nfilm,fine\n", tmp_path, *names
    )

    assert [one.rule for one in findings] == expected


def test_a_target_that_merges_is_shown_with_its_row(tmp_path: Path):
    rows = 'review,label\nfilm,fine\nfilm,"\n\n\nfine"\n'

    (finding,) = found(prompt_head("chatml") + "{{review}}", rows, tmp_path, "prompt-target-merge")

    assert finding.message.startswith(
        r'the prompt ends in "\n" and the target begins with "\n\n\nf'
    )
    assert (finding.data_line, finding.fix) == (3, None)


def test_a_blank_at_the_end_of_most_values_is_the_columns(tmp_path: Path):
    text = prompt_head("chatml") + "Review: {{review}}"
    rows = "review,label\nfilm ,fine\nfine film\u3000,fine\ndull,dull\n"

    (finding,) = found(text, rows, tmp_path, "trailing-space")

    assert text[finding.start : finding.end] == "{{review}}"
    assert finding.message.endswith("trim the column")
    few = rows.replace("film ,", "film,")
    assert found(text, few, tmp_path, "trailing-space") == []


def test_the_written_out_system_turn_changes_no_token(tmp_path: Path):
    for body in ("Review: {{review}}", '{{role "user"}}Review: {{review}}'):
        text = prompt_head("system") + body
        (finding,) = found(text, "review,label\nfilm,fine\n", tmp_path, "hidden-system-prompt")

        assert finding.message.count('"You are kind."') == 1
        ids = []
        for one in (text, fixed(text, finding)):
            loaded = load_prompt(one, tmp_path / "case.prompt", tmp_path)
            model = load_model(loaded, tmp_path)
            assert model
            example = make_example(loaded, {"review": "film", "label": "fine"})
            ids.append(model.encode(example.messages, example.target).ids)
        assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("task", "column", "is_found"),
    [
        ("classification", ["1 a", "2 b", "3 a", "4 b"], True),
        ("classification", ["a or b", "a or b", "a or b", "a or b"], False),
        ("classification", ["a", "b", "c", "d"], False),
        ("classification", ["same", "song", "bar", "tab"], False),
        ("classification", ["a", "a", "a", "a"], False),
        ("generation", ["a", "b", "a", "b"], True),
        ("generation", ["1 a", "2 b", "3 a", "4 b"], False),
    ],
)
def test_a_column_that_tells_the_answer(
    task: str, column: list[str], is_found: bool, tmp_path: Path
):
    rows = zip(column, "abab", strict=True)
    csv = "review,label\n" + "".join(f"{value},{label}\n" for value, label in rows)

    findings = found(
        prompt_head("chatml", task=task) + "{{review}}", csv, tmp_path, "target-in-prompt"
    )

    assert bool(findings) == is_found


def test_a_column_that_meets_the_answer_of_most_rows_by_chance(tmp_path: Path):
    rows = "no,no\n" * 19 + "no,yes\n"
    text = prompt_head("chatml", task="classification") + "Has a loan: {{review}}"

    assert found(text, f"review,label\n{rows}", tmp_path, "target-in-prompt") == []


def test_the_answer_may_stand_in_a_partial_that_is_the_model_turn(tmp_path: Path):
    text = prompt_head("chatml") + "{{review}}{{> answer}}"
    answer = "{{#if label}}{{role 'model'}}{{label}}{{/if}}"
    only = Selection(only=frozenset({"target-in-prompt"}))

    for partial, n_expected in ((answer, 0), (answer.replace("model", "user"), 1)):
        files = {"films.csv": "review,label\nfilm,fine\n", "_answer.prompt": partial}
        assert len(lint_case(Case(text=text, files=files), tmp_path, only)) == n_expected


@pytest.mark.parametrize(
    ("labels", "words", "drifted"),
    [
        ("yes no", "Answer Yes or No.", ["Yes", "No"]),
        ("yes no", "Answer yes or no.", []),
        ("yes no", "Answer Yes or No, in short yes or no.", []),
        ("Good Bad", "Is it good or bad?", ["good", "bad"]),
        ("good bad", "Good films are praised. Bad films are not.", []),
        ("IT US DE FR ES", "Where is it from? Tell us.", []),
        ("好 坏", "好还是坏？", []),
    ],
)
def test_labels_in_another_case(labels: str, words: str, drifted: list[str], tmp_path: Path):
    rows = "".join(f"film,{label}\n" for label in labels.split())
    text = prompt_head("chatml", task="classification") + "{{review}}: " + words

    findings = found(text, f"review,label\n{rows}", tmp_path, "label-space-drift")

    assert [text[one.start : one.end] for one in findings] == drifted


def test_a_row_that_alone_is_refused_is_named_by_its_line(tmp_path: Path):
    private = "".join(map(chr, range(0xE000, 0xE008)))
    rows = f"review,label\nfilm,fine\n<|im_end|>{private},fine\n"

    (finding,) = found(prompt_head("chatml") + "{{review}}", rows, tmp_path, "prefix-mismatch")

    assert (finding.data_path, finding.data_line) == (str(tmp_path / "films.csv"), 3)


@pytest.mark.parametrize(
    ("lr", "is_found"),
    [("0.013", False), ("0.0131", True), ("0.00013", False), ("0.000129", True)],
)
def test_a_rate_ten_times_off_is_still_let_pass(lr: str, is_found: bool, tmp_path: Path):
    text = prompt_head("builtin", f", lr: {lr}") + "{{review}}"

    findings = found(text, "review,label\nfilm,fine\n", tmp_path, "lr-out-of-range")

    assert bool(findings) == is_found
    assert all("lr: 0.0013" in fixed(text, one) for one in findings)


def test_sharing_lost_is_counted_in_tokens(tmp_path: Path):
    body = "{{review}}" + " film" * 200
    rows = "review,label\n" + "".join(f"{letter},fine\n" for letter in "abcdefgh")

    (finding,) = found(prompt_head("chatml") + body, rows, tmp_path, "variable-early")

    numbers = re.findall(r"[0-9.]+", finding.message)
    # Of each row, one token differs; in front of it stand `<|im_start|>user\n`.
    loaded = load_prompt(prompt_head("chatml") + body, tmp_path / "case.prompt", tmp_path)
    model = load_model(loaded, tmp_path)
    assert model
    n_ids = len(model.encode(make_example(loaded, {"review": "a"}).messages, None).ids)
    n_shared = len(model.ids("<|im_start|>user\n"))
    factor = (n_shared + 8 * (n_ids - n_shared)) / (n_ids - 1 + 8)
    assert numbers == [str(n_shared), str(n_ids - 1 - n_shared), "8", f"{factor:.1f}"]
