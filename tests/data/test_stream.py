import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from tunesmith.data.stream import MAX_CHARS, Row, RowProblem, open_rows
from tunesmith.data.table import parse_table, read_table


def read(folder: Path, content: bytes, name: str = "a.csv") -> list[Row | RowProblem]:
    path = folder / name
    path.write_bytes(content)
    return list(open_rows(path))


def shown(items: list[Row | RowProblem]) -> list[tuple[int, str]]:
    """Each line, with the first value of its row or what is wrong with it."""
    return [
        (
            item.line,
            item.message if isinstance(item, RowProblem) else next(iter(item.values.values())),
        )
        for item in items
    ]


CHINESE = '评论,标签\n这个手机很好,我的\n"不会出\n问题",对\n一年了,在\n'


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_encoding_gives_the_same_rows_and_lines(codec: str, tmp_path: Path):
    assert shown(read(tmp_path, CHINESE.encode(codec))) == [
        (2, "这个手机很好"),
        (3, "不会出\n问题"),
        (5, "一年了"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_counted_once(end: str, tmp_path: Path):
    text = f'text,label{end}good,p{end}"two{end}lines",n{end}{end}last,p'

    assert shown(read(tmp_path, text.encode())) == [
        (2, "good"),
        (3, f"two{end}lines"),
        (6, "last"),
    ]


def test_a_table_holds_the_rows_and_the_problems_of_the_stream(tmp_path: Path):
    content = b'text,label\ngood,p\nbad\n"two\nlines",n\n\xff,p\nlast,p\n'

    items = read(tmp_path, content)
    table = parse_table(Path("a.csv"), content)

    assert table.rows == tuple(item for item in items if isinstance(item, Row))
    assert table.problems == tuple(item for item in items if isinstance(item, RowProblem))
    assert (table.rows, table.problems) == (
        (parsed := read_table(tmp_path / "a.csv")).rows,
        parsed.problems,
    )


def test_json_lines_show_their_columns_as_they_come(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "1"}\n{"b": "2"}\n{"a": "3"}\n')
    stream = open_rows(path)

    found = [(stream.columns, item.values) for item in stream if isinstance(item, Row)]
    assert found == [
        (("a",), {"a": "1"}),
        (("a", "b"), {"b": "2"}),
        (("a", "b"), {"a": "3"}),
    ]
    assert [row.values for row in read_table(path).rows] == [{"a": "1"}, {"b": "2"}, {"a": "3"}]
    assert read_table(path).columns == ("a", "b")
    assert read_table(path).rows[0].text("b") == ""


def test_a_bad_byte_costs_its_own_row_only_and_is_said_on_its_own_line(tmp_path: Path):
    mixed = '评论,label\n不好,n\n"two\n'.encode() + b"lines \xb2\xbb" + '",n\n好,p\n'.encode()

    assert shown(read(tmp_path, mixed)) == [
        (2, "不好"),
        (
            4,
            "byte 0xb2 is not UTF-8, as lines above are: the file mixes encodings; "
            "save the file as UTF-8",
        ),
        (5, "好"),
    ]


def test_a_bad_byte_after_megabytes_of_sound_text_is_said_with_its_line(tmp_path: Path):
    items = read(tmp_path, b"text\n" + ("好" * 999 + "\n").encode() * 1000 + b"caf\xe9\nlast\n")

    assert shown(items)[999:] == [
        (1001, "好" * 999),
        (
            1002,
            "byte 0xe9 is not UTF-8, as lines above are: the file mixes encodings; "
            "save the file as UTF-8",
        ),
        (1003, "last"),
    ]


def test_a_null_byte_far_into_a_file_is_said_with_its_line(tmp_path: Path):
    items = read(tmp_path, b"text\n" + b"fine\n" * 2000 + b"x\0y\nlast\n")

    assert shown(items)[-2:] == [
        (2002, "holds a null byte, which is no text: take it out"),
        (2003, "last"),
    ]


def test_a_binary_file_is_one_problem(tmp_path: Path):
    (problem,) = read(tmp_path, b"PK\3\4\0\0" + bytes(range(256)) * 1000)

    assert "it is no text" in shown([problem])[0][1]


def test_a_quote_left_open_at_the_top_takes_in_a_bounded_part_of_the_file(tmp_path: Path):
    line = b"x" * 99 + b"\n"

    items = read(tmp_path, b'text\n"' + line * 42_000)

    assert items[0] == RowProblem(
        line=2,
        message="longer than 4,194,304 characters, as no row is: "
        "a quote that opens here takes in 41,943 more lines",
    )
    assert len(items) == 1 + 42_000 - 41_944


def test_a_json_line_of_fifty_megabytes_is_passed_over(tmp_path: Path):
    huge = json.dumps({"text": "x" * 50_000_000}).encode()

    items = read(tmp_path, b'{"text": "a"}\n' + huge + b'\n{"text": "b"}\n', "a.jsonl")

    assert shown(items) == [
        (1, "a"),
        (2, "longer than 4,194,304 characters, as no row is"),
        (3, "b"),
    ]


def test_json_lines_with_ever_new_columns_stop_at_a_thousand(tmp_path: Path):
    lines = "".join(f'{{"{n:05}": "x"}}\n' for n in range(20_000))

    items = read(tmp_path, lines.encode(), "a.jsonl")

    assert shown(items)[999:1001] == [
        (1000, "x"),
        (1001, 'the column "01000" is one too many: there are 1,000 already'),
    ]
    assert len(items) == 20_000


def test_a_record_that_never_ends_a_line_outside_quotes_is_bounded(tmp_path: Path):
    items = read(tmp_path, b"text\n" + b'"x\n",' * (MAX_CHARS // 5 + 10) + b"\nlast\n")

    assert shown(items)[0][0] == 2
    assert shown(items)[0][1].startswith("longer than 4,194,304 characters")


def test_the_first_rows_come_before_the_last_are_read(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"text\n" + b"fine\n" * 200_000)

    assert shown(list(islice(open_rows(path), 2))) == [(2, "fine"), (3, "fine")]


MEASURE = """
import resource, sys
from pathlib import Path
from tunesmith.data.stream import open_rows
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
n = sum(1 for _ in open_rows(Path(sys.argv[1])))
print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_sixty_megabytes_are_read_in_ten(suffix: str, tmp_path: Path):
    path = tmp_path / f"large{suffix}"
    line = ("x" * 298 + ",y\n") if suffix == ".csv" else json.dumps({"text": "x" * 295}) + "\n"
    head = "text,label\n" if suffix == ".csv" else ""
    path.write_text(head + line * 200_000)
    assert path.stat().st_size > 60_000_000

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )

    n_rows, grown = map(int, done.stdout.split())
    kilobytes = grown if sys.platform != "darwin" else grown // 1024
    assert n_rows == 200_000
    assert kilobytes < 10_000
