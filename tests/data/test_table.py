import doctest
from pathlib import Path

import pytest

from tunesmith.data import table
from tunesmith.data.table import RowProblem, Table, parse_table, read_table


def parse(name: str, text: str) -> Table:
    return parse_table(Path(name), text.encode())


def lines_and_texts(found: Table) -> list[tuple[int, str]]:
    return [(row.line, row.values["text"]) for row in found.rows]


def test_a_mark_crlf_and_a_missing_last_newline_change_no_value():
    plain = parse("a.csv", "id,text\n1,good\n2,bad\n")

    windows = parse("a.csv", "\ufeffid,text\r\n1,good\r\n2,bad")

    assert windows == plain
    assert lines_and_texts(windows) == [(2, "good"), (3, "bad")]


def test_a_quoted_line_break_stays_in_its_value_and_is_counted():
    found = parse("a.csv", 'text,label\n"two\nlines",x\n\n"a ""b"", c",y\n')

    assert lines_and_texts(found) == [(2, "two\nlines"), (5, 'a "b", c')]


def test_a_row_is_named_by_its_id_where_every_id_differs_and_else_by_its_line():
    by_id = parse("a.csv", "id,text\nr1,a\nr2,b\n")
    by_line = parse("a.csv", "id,text\nr1,a\nr1,b\n")
    one_empty = parse("a.csv", "id,text\nr1,a\n,b\n")

    assert [row.row_id for row in by_id.rows] == ["r1", "r2"]
    assert [row.row_id for row in by_line.rows] == ["2", "3"]
    assert [row.row_id for row in one_empty.rows] == ["2", "3"]


def test_a_ragged_row_is_a_problem_and_the_rest_is_read():
    found = parse("a.csv", "text,label\ngood,p\nbad, very,n\nlone\nfine,p\n")

    assert lines_and_texts(found) == [(2, "good"), (5, "fine")]
    assert found.problems == (
        RowProblem(
            line=3,
            message="3 fields where the first line names 2 (text, label): "
            "put quotes around a field that holds a separator",
        ),
        RowProblem(line=4, message="1 field where the first line names 2 (text, label)"),
    )


def test_a_quote_that_is_never_closed_is_said_at_the_line_where_it_opens():
    found = parse("a.csv", 'text,label\ngood,p\n"bad,n\nfine,p\nfair,p\n')

    assert lines_and_texts(found) == [(2, "good")]
    assert [problem.line for problem in found.problems] == [3]
    assert "never closed and takes in 2 more lines" in found.problems[0].message


def test_reading_goes_on_after_a_stray_quote():
    found = parse("a.csv", 'text,label\n"bad"ly,n\nfine,p\n')

    assert lines_and_texts(found) == [(3, "fine")]
    assert [problem.line for problem in found.problems] == [2]


def test_a_file_without_lines_is_a_problem_only_where_columns_are_named_in_it():
    assert "the file is empty" in parse("a.csv", "").problems[0].message
    assert parse("a.jsonl", "") == Table(path=Path("a.jsonl"), columns=(), rows=(), problems=())


def test_a_file_of_another_kind_is_a_problem_and_an_absent_one_an_error(tmp_path: Path):
    assert "must end in .csv, .tsv, .jsonl" in parse("a.xlsx", "x").problems[0].message
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "absent.csv")


def test_two_columns_of_one_name_are_a_problem():
    found = parse("a.csv", "text,text\na,b\n")

    assert found.problems == (RowProblem(line=1, message='two columns are named "text"'),)
    assert found.rows == ()


def test_a_table_may_name_many_columns():
    columns = [f"c{number}" for number in range(60_000)]
    found = parse("a.csv", ",".join([*columns, "c7"]) + "\n")

    assert found.problems == (RowProblem(line=1, message='two columns are named "c7"'),)


def test_a_byte_that_is_not_utf8_is_said_with_its_line():
    found = parse_table(Path("a.csv"), b"text\ngood\n\xb2\xbb\xba\xc3\n")

    assert [problem.line for problem in found.problems] == [3]
    assert "0xb2 is not UTF-8" in found.problems[0].message


def test_tabs_separate_and_commas_do_not_in_tsv():
    assert lines_and_texts(parse("a.tsv", "text\tlabel\na, b\tx\n")) == [(2, "a, b")]


def test_json_lines_keep_text_as_it_is_and_write_the_rest_as_json():
    found = parse("a.jsonl", '{"text": "a\u2028b", "n": 2}\n\n{"text": "c", "tags": ["é"]}')

    assert found.columns == ("text", "n", "tags")
    assert found.problems == ()
    assert [(row.line, row.values) for row in found.rows] == [
        (1, {"text": "a\u2028b", "n": "2"}),
        (3, {"text": "c", "tags": '["é"]'}),
    ]


def test_json_lines_that_are_no_object_are_problems():
    deep = "[" * 100_000
    found = parse("a.jsonl", f'{{"text": "a"}}\n[1]\n{{"text"\n{deep}\n{{"text": "\\ud83d"}}\n')

    assert lines_and_texts(found) == [(1, "a")]
    assert [problem.line for problem in found.problems] == [2, 3, 4, 5]
    assert found.problems[0].message == "a JSON list where an object {...} belongs"


def test_a_table_is_read_from_disk(tmp_path: Path):
    path = tmp_path / "评论.csv"
    path.write_text("text\n好\n", encoding="utf-8")

    assert lines_and_texts(read_table(path)) == [(2, "好")]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(table).failed == 0
    assert doctest.testmod(table).attempted > 0
