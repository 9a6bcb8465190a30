from pathlib import Path

import pytest

from fixtures import Case, lint_case
from tunesmith.wire.finding import Finding

HEAD = "---\ntunesmith.task: {}\ntunesmith.data: {{train: films.csv, target: label{}}}\n---\n"


def found(rows: str, folder: Path, task: str = "classification", more: str = "") -> list[Finding]:
    text = HEAD.format(task, more) + "{{review}}"
    return lint_case(Case(text=text, files={"films.csv": f"review,label\n{rows}"}), folder)


def test_data_without_rows_is_an_error_on_the_data_line(tmp_path: Path):
    (finding,) = found("", tmp_path)

    assert (finding.rule, finding.severity) == ("broken-row", "error")
    assert finding.message == "this file has no rows: add some"
    assert HEAD.format("classification", "")[finding.start : finding.end] == "films.csv"


def test_data_of_one_class_is_an_error_for_classification_only(tmp_path: Path):
    rows = "".join(f"fine {n},positive\n" for n in range(30))

    (finding,) = found(rows, tmp_path)

    assert (finding.rule, finding.severity) == ("class-imbalance", "error")
    assert finding.message == 'every row of films.csv has the label "positive": add another class'
    assert found(rows, tmp_path, task="generation") == []


@pytest.mark.parametrize(
    ("n_large", "n_small", "expected"),
    [
        (10, 9, '"negative" has 9 rows, "positive" has 10; fewer than 10'),
        (2000, 1, '"negative" has 1 row, "positive" has 2,000; fewer than 10'),
        (60, 12, '"negative" has 12 rows, "positive" has 60; judge'),
        (59, 12, ""),
    ],
)
def test_small_and_unequal_classes_are_a_warning(
    n_large: int, n_small: int, expected: str, tmp_path: Path
):
    rows = "fine,positive\n" * n_large + "dull,negative\n" * n_small

    messages = [item.message for item in found(rows, tmp_path) if item.severity == "warning"]

    assert [expected in message for message in messages] == [True] * bool(expected)


def test_a_file_full_of_broken_rows_gives_a_bounded_number_of_findings(tmp_path: Path):
    findings = found("a,b,c\n" * 100, tmp_path)

    assert len(findings) == 20
    assert findings[-1].data_line == 21
    assert findings[-1].message.endswith("(and 80 more lines)")


def test_a_target_full_of_unknown_labels_gives_a_bounded_number_of_findings(tmp_path: Path):
    rows = "".join(f"fine,{n}\n" for n in range(100))

    findings = found(rows, tmp_path, task="generation", more=", labels: [yes, no]")

    assert len(findings) == 20
    assert findings[-1].message.endswith("(and 80 more such labels)")


def test_a_variable_that_needs_no_column_is_left_alone(tmp_path: Path):
    text = (
        "---\ninput: {schema: {review: string, title?: string, tone: any}, default: {tone: dry}}\n"
        "tunesmith.task: generation\n"
        "tunesmith.data: {train: films.csv, target: label, columns: {review: text}}\n---\n"
        "{{title}} {{tone}} {{review}}\n{{role 'model'}}{{#if label}}{{label}}{{/if}}"
    )

    assert lint_case(Case(text=text, files={"films.csv": "text,label\nfine,p\n"}), tmp_path) == []


def test_every_file_of_the_data_is_held_against_the_prompt(tmp_path: Path):
    text = (
        "---\ntunesmith.task: generation\n"
        "tunesmith.data: {train: a.csv, test: b.jsonl, target: label}\n---\n{{review}}"
    )
    files = {"a.csv": "review,label\nfine,p\n", "b.jsonl": '{"text": "fine", "class": "p"}\n'}

    messages = [item.message for item in lint_case(Case(text=text, files=files), tmp_path)]

    assert messages == [
        'no column "label" in b.jsonl; there are text, class',
        'no column "review" in b.jsonl; there are text, class; '
        'or say which it is: "columns: {review: COLUMN}" in tunesmith.data',
    ]
