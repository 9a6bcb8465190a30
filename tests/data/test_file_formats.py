"""Each format of data file: the same rows and lines, and what is wrong with a broken one."""

import gzip
import json
import subprocess
import sys
import zlib
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from tunesmith.data.stream import MAX_CHARS, Row, RowProblem, open_rows


def read(folder: Path, name: str, content: bytes) -> list[Row | RowProblem]:
    (folder / name).write_bytes(content)
    return list(open_rows(folder / name))


def shown(items: list[Row | RowProblem]) -> list[tuple[int, object]]:
    """Each line, with the values of its row or what is wrong with it."""
    return [(item.line, item.given if isinstance(item, Row) else item.message) for item in items]


ROWS = [{"text": "good\nfilm", "stars": 5}, {"text": "dull", "stars": None, "tags": ["a", "b"]}]


def test_every_format_of_objects_gives_the_same_values(tmp_path: Path):
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    array = json.dumps(ROWS, indent=1)
    table = pyarrow.Table.from_pylist([{"tags": None, **row} for row in ROWS])
    parquet.write_table(table, tmp_path / "a.parquet")

    found = {
        "lines": read(tmp_path, "a.jsonl", lines.encode()),
        "array": read(tmp_path, "a.json", array.encode()),
        "packed": read(tmp_path, "a.json.gz", gzip.compress(array.encode("utf-16"))),
        "parquet": list(open_rows(tmp_path / "a.parquet")),
    }

    for items in found.values():
        rows = [item.given for item in items if isinstance(item, Row)]
        assert [{k: v for k, v in row.items() if v is not None} for row in rows] == [
            {"text": "good\nfilm", "stars": 5},
            {"text": "dull", "tags": ["a", "b"]},
        ]
        assert [item.values.get("tags") for item in items if isinstance(item, Row)][1] == (
            '["a", "b"]'
        )
    assert [item.line for item in found["array"]] == [2, 6]
    assert [item.line for item in found["parquet"]] == [1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[\n{"a": "x"},\n\n{"a": "y"}]\n', [(2, {"a": "x"}), (4, {"a": "y"})]),
        (' [{"a": "],{\\"}"}]', [(1, {"a": '],{"}'})]),
        ("[]", []),
        (
            '[{"a": "x"},\n {"a": oops},\n 7, {"a": "y"}]',
            [
                (1, {"a": "x"}),
                (2, "row 2: not JSON: Expecting value at column 7"),
                (3, "row 3: a JSON int where an object {...} belongs"),
                (3, {"a": "y"}),
            ],
        ),
        (
            '[{"a": "x"}},\n{"a": "y"}]',
            [
                (1, {"a": "x"}),
                (1, "row 2: not JSON: Expecting value at column 1"),
                (2, {"a": "y"}),
            ],
        ),
        (
            '[{"a": "x"},\n{"a": "y',
            [
                (1, {"a": "x"}),
                (2, "row 2: not JSON: Unterminated string starting at column 7"),
                (2, "the list of rows is never closed with ]"),
            ],
        ),
        ('[{"a": "x"}]\n[]', [(1, {"a": "x"}), (2, "more text behind the list of rows")]),
        (
            '{"a": "x"}',
            [
                (
                    1,
                    "begins with an object {...} where a list of rows [...] belongs; "
                    "a file with one object a line is named .jsonl",
                )
            ],
        ),
        ("", [(1, "is no list of rows: a JSON file of rows begins with [")]),
        ("rows", [(1, "is no list of rows: a JSON file of rows begins with [")]),
    ],
)
def test_a_json_list_is_read_past_what_is_broken(tmp_path: Path, text, expected):
    assert shown(read(tmp_path, "a.json", text.encode())) == expected


def test_a_bad_byte_in_a_json_list_costs_its_own_row(tmp_path: Path):
    content = b'[{"a": "caf\xe9"},\n{"a": "b"}]'

    assert shown(read(tmp_path, "a.json", content)) == [
        (1, "row 1: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (2, {"a": "b"}),
    ]


def test_an_element_as_long_as_no_row_is_passed_over(tmp_path: Path):
    huge = json.dumps({"a": "x" * (MAX_CHARS + 1)})

    assert shown(read(tmp_path, "a.json", f'[{huge},\n{{"a": "b"}}]'.encode())) == [
        (1, "row 1: longer than 4,194,304 characters, as no row is"),
        (2, {"a": "b"}),
    ]


def test_elements_are_found_wherever_the_pieces_of_a_file_end(tmp_path: Path):
    rows = [{"a": '\\" ' + "x" * n} for n in range(0, 3000, 7)]

    items = read(tmp_path, "a.json", json.dumps(rows).encode())

    assert [item.given for item in items if isinstance(item, Row)] == rows


TABLE = b"text,label\n" + b"".join(b"film %d,p\n" % n for n in range(50_000))


@pytest.mark.parametrize("name", ["a.csv.gz", "a.CSV.GZ"])
def test_a_packed_table_is_the_table(tmp_path: Path, name: str):
    items = read(tmp_path, name, gzip.compress(TABLE))

    assert len(items) == 50_000
    assert shown(items[-1:]) == [(50_001, {"text": "film 49999", "label": "p"})]


def test_a_torn_packed_table_gives_the_rows_before_and_no_half_one(tmp_path: Path):
    packed = gzip.compress(TABLE)

    items = read(tmp_path, "a.csv.gz", packed[: len(packed) // 2])

    *rows, last = items
    assert 20_000 < len(rows) < 30_000
    assert all(isinstance(row, Row) and row.values["label"] == "p" for row in rows)
    assert isinstance(last, RowProblem)
    assert last.line == rows[-1].line + 1
    assert last.message.startswith("the gzip file is torn or damaged (Compressed file ended")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text\nx\n", "cannot be unpacked with gzip, though its name ends in .gz"),
        (gzip.compress(b"text\nx\n")[:-8] + bytes(8), "the gzip file is torn or damaged (CRC"),
        (b"\x1f\x8b\x08" + b"\xff" * 40, "cannot be unpacked with gzip"),
        (b"", "the file is empty: its first line names columns"),
    ],
    ids=["no-gzip", "checksum", "noise", "empty"],
)
def test_what_is_no_whole_gzip_file_is_one_problem(tmp_path: Path, content, message):
    problem = read(tmp_path, "a.csv.gz", content)[-1]

    assert isinstance(problem, RowProblem)
    assert problem.message.startswith(message)


MEASURE = """
import resource, sys
from pathlib import Path
from tunesmith.data.stream import open_rows
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
n = sum(1 for _ in open_rows(Path(sys.argv[1])))
print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_gzip_bomb_is_read_in_little_memory(tmp_path: Path):
    path = tmp_path / "bomb.json.gz"
    packer = zlib.compressobj(wbits=31)
    with path.open("wb") as file:
        file.write(packer.compress(b"["))
        for _ in range(100):
            file.write(packer.compress(b'{"a": "' + b"x" * 1_000_000 + b'"},\n'))
        file.write(packer.compress(b'{"a": "' + b"x" * 50_000_000) + packer.flush())
    assert path.stat().st_size < 300_000

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )

    n_items, grown = map(int, done.stdout.split())
    assert n_items == 102
    assert grown // (1024 if sys.platform == "darwin" else 1) < 60_000


def test_a_torn_parquet_file_is_one_problem(tmp_path: Path):
    parquet.write_table(pyarrow.table({"a": ["x"]}), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()

    for broken in (content[:-7], content[: len(content) // 2], b"", b"a,b\n"):
        (problem,) = read(tmp_path, "b.parquet", broken)
        assert isinstance(problem, RowProblem)
        assert problem.message.startswith("cannot be read as Parquet: ")


def test_without_pyarrow_a_parquet_file_says_what_to_install(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert shown(read(tmp_path, "a.parquet", b"PAR1")) == [
        (1, 'reading Parquet needs pyarrow: pip install "tunesmith[parquet]"')
    ]


def test_what_parquet_has_and_json_has_not_is_written_out(tmp_path: Path):
    table = pyarrow.table({"day": pyarrow.array([0], pyarrow.date32()), "raw": [b"caf\xc3\xa9"]})
    parquet.write_table(table, tmp_path / "a.parquet")

    (row,) = open_rows(tmp_path / "a.parquet")

    assert isinstance(row, Row)
    assert row.values == {"day": "1970-01-01", "raw": "café"}
