import random
from pathlib import Path

import pytest

from fixtures import Case, lint_case
from tunesmith.lint import near_rows
from tunesmith.lint.selection import Selection
from tunesmith.wire.finding import Finding

HEAD = "---\ntunesmith.task: {}\ntunesmith.data: {{train: films.csv, target: label{}}}\n---\n"


ONLY = Selection(
    only=frozenset({"broken-row", "class-imbalance", "label-unknown", "data-column-missing"})
)


def found(
    rows: str,
    folder: Path,
    task: str = "classification",
    more: str = "",
    rules: Selection = ONLY,
) -> list[Finding]:
    text = HEAD.format(task, more) + "{{review}}"
    case = Case(text=text, files={"films.csv": f"review,label\n{rows}"})
    return lint_case(case, folder, rules)


def only(name: str) -> Selection:
    return Selection(only=frozenset({name}))


def test_data_without_rows_is_an_error_on_the_data_line(tmp_path: Path):
    (finding,) = found("", tmp_path)

    assert (finding.rule, finding.severity) == ("broken-row", "error")
    assert finding.message == "this file has no rows: add some"
    assert HEAD.format("classification", "")[finding.start : finding.end] == "films.csv"


def test_of_a_scale_the_ends_are_named(tmp_path: Path):
    rows = "".join(f"film {n},{n % 5 + 1}\n" for n in range(50))
    case = Case(
        text=HEAD.format("classification", "") + "Stars, from 1 to 5: {{review}}",
        files={"films.csv": f"review,label\n{rows}"},
    )

    assert lint_case(case, tmp_path, only("labels-not-listed")) == []
    (finding,) = found(rows, tmp_path, rules=only("labels-not-listed"))
    assert finding.message.startswith('the prompt does not name the labels "1", "5"')


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


def test_a_target_of_free_text_is_said_and_not_kept(tmp_path: Path):
    rows = "".join(f"fine,{n}\n" for n in range(3000))

    (classes,) = found(rows, tmp_path, rules=only("class-imbalance"))
    unknown = found(rows, tmp_path, more=", labels: [yes, no]", rules=only("label-unknown"))

    assert classes.message == (
        "films.csv: label has more than 1,000 different values: "
        "name the column that holds the classes"
    )
    assert unknown[-1].message.endswith("(and at least 980 more such labels)")


def test_a_variable_that_needs_no_column_is_left_alone(tmp_path: Path):
    text = (
        "---\ninput: {schema: {review: string, title?: string, tone: any}, default: {tone: dry}}\n"
        "tunesmith.task: generation\n"
        "tunesmith.data: {train: films.csv, target: label, columns: {review: text}}\n---\n"
        "{{title}} {{tone}} {{review}}\n{{role 'model'}}{{#if label}}{{label}}{{/if}}"
    )

    assert (
        lint_case(Case(text=text, files={"films.csv": "text,label\nfine,p\n"}), tmp_path, ONLY)
        == []
    )


def test_every_file_of_the_data_is_held_against_the_prompt(tmp_path: Path):
    text = (
        "---\ntunesmith.task: generation\n"
        "tunesmith.data: {train: a.csv, test: b.jsonl, target: label}\n---\n{{review}}"
    )
    files = {"a.csv": "review,label\nfine,p\n", "b.jsonl": '{"text": "fine", "class": "p"}\n'}

    messages = [item.message for item in lint_case(Case(text=text, files=files), tmp_path, ONLY)]

    assert messages == [
        'no column "label" in b.jsonl; there are text, class',
        'no column "review" in b.jsonl; there are text, class; '
        'or say which it is: "columns: {review: COLUMN}" in tunesmith.data',
    ]


@pytest.mark.parametrize(
    ("rule", "rows", "line"),
    [
        ("duplicate-rows", '"two\nlines",p\nfine,p\nFINE,p\n', 5),
        ("label-conflict", '"two\nlines",p\nfine,p\nFINE,n\n', 5),
        ("empty-value", '"two\nlines",p\n"\n",p\n', 4),
        ("empty-target", '"two\n\nlines",p\nfine,\n', 5),
        ("encoding", '"two\nlines",p\nGrÃ¼n,p\n', 4),
        ("label-unknown", '"two\nlines",p\nfine,q\n', 4),
    ],
)
def test_a_finding_points_at_the_line_of_the_data_file(
    rule: str, rows: str, line: int, tmp_path: Path
):
    (finding,) = found(rows, tmp_path, more=", labels: [p, n]", rules=only(rule))

    assert (finding.data_path, finding.data_line) == (str(tmp_path / "films.csv"), line)


def data_in(codec: str, folder: Path) -> list[Finding]:
    case = Case(text=HEAD.format("generation", "") + "{{review}}", files={})
    rows = "review,label\n这个手机很好，我在家里用了一年，不会出问题。,p\n外套不合身，退了。,n\n"
    (folder / "films.csv").write_bytes(rows.encode(codec))
    return lint_case(case, folder, Selection(only=frozenset({"encoding", "broken-row"})))


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("gbk", ["films.csv is GB18030 (GBK): read as such, but others may not; save as UTF-8"]),
        ("utf-16", ["films.csv is UTF-16: read as such, but others may not; save as UTF-8"]),
    ],
)
def test_another_encoding_is_read_and_said(codec: str, expected: list[str], tmp_path: Path):
    assert [item.message for item in data_in(codec, tmp_path)] == expected


def test_bytes_in_no_encoding_are_an_error_on_their_line(tmp_path: Path):
    (tmp_path / "films.csv").write_bytes(b"review,label\nfine,p\ncaf\xe9,p\n")
    case = Case(text=HEAD.format("generation", "") + "{{review}}", files={})

    (finding,) = lint_case(case, tmp_path, ONLY)

    assert (finding.rule, finding.data_line) == ("broken-row", 3)
    assert finding.message == "byte 0xe9 is not UTF-8; save the file as UTF-8"


SPLIT = (
    "---\ntunesmith.task: {}\ntunesmith.data: {{train: a.csv, test: b.csv, target: label}}\n---\n"
)


def test_rows_shared_between_files_are_a_leak_and_within_one_file_are_none(tmp_path: Path):
    text = SPLIT.format("generation") + "{{review}}"
    files = {
        "a.csv": "review,label\nfine,p\nFine,p\ndull,n\n",
        "b.csv": "review,label\nodd,p\nodd!,p\nDULL,n\n",
    }

    (finding,) = lint_case(Case(text=text, files=files), tmp_path, only("leak-exact"))

    assert text[finding.start : finding.end] == "b.csv"
    assert (finding.data_path, finding.data_line) == (str(tmp_path / "b.csv"), 4)
    assert finding.message.startswith("1 of 3 rows also stands in a.csv: line 4 (4 there)")


def test_what_is_compared_of_large_files_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(near_rows, "MOST_ROWS", 100)
    draw = random.Random(0)
    rows = [f"{draw.getrandbits(300):075x}" for _ in range(101)]
    rows[99], rows[100] = f"{rows[0]} again", f"{rows[1]} again"
    text = SPLIT.format("generation").replace("b.csv", "b.jsonl") + "{{review}}"
    files = {
        "a.csv": "review,label\n" + "".join(f"{row},p\n" for row in rows),
        "b.jsonl": f'{{"review": "{rows[2]} once more", "label": "p"}}\n',
    }

    near = lint_case(Case(text=text, files=files), tmp_path, only("near-duplicate-rows"))
    leaks = lint_case(Case(text=text, files=files), tmp_path, only("leak-near"))

    part = "(the first 100 of each file were compared)"
    assert [item.data_line for item in near] == [101]
    assert f"of 101 rows {part} says nearly the same" in near[0].message
    assert [item.message.partition(";")[0] for item in leaks] == [
        f"1 of 1 rows {part} is nearly one of a.csv: line 1 (4 there)"
    ]


def test_conflicts_are_bounded_and_counted(tmp_path: Path):
    rows = "fine,p\n" + "fine,n\n" * 50

    findings = found(rows, tmp_path, rules=only("label-conflict"))

    assert len(findings) == 20
    assert findings[0].data_line == 3
    assert findings[-1].message.endswith("(and 30 more such rows)")


@pytest.mark.parametrize(("output", "n_expected"), [("", 1), ("output: {schema: string}\n", 0)])
def test_an_output_schema_says_what_an_answer_looks_like(
    output: str, n_expected: int, tmp_path: Path
):
    head = HEAD.format("classification", "").replace("---\n", f"---\n{output}", 1)
    case = Case(text=f"{head}{{{{review}}}}", files={"films.csv": "review,label\nfine,good\n"})

    assert len(lint_case(case, tmp_path, only("no-output-format"))) == n_expected
