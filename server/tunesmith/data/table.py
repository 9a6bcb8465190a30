"""Data files as rows that remember their line; what cannot be read is a problem, never lost."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*DELIMITERS, ".jsonl")

# The csv module stops at 131,072 characters a field; a document to summarise can be longer.
csv.field_size_limit(2**28)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One record."""

    row_id: str
    """Its `id` where that column names every row, else its line."""
    line: int
    """Where it starts in the file, from 1."""
    values: dict[str, str]
    """Column to text, for every column of the table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """Something in the file that could not be read as a row."""

    line: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A data file that was read."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]
    """In order of line; empty for a file without fault."""


_Record = tuple[int, dict[str, str]]
_Found = _Record | RowProblem


def read_table(path: Path) -> Table:
    """The rows of a `.csv`, `.tsv` or `.jsonl` file. Raises OSError where it cannot be opened."""
    return parse_table(path, path.read_bytes())


def parse_table(path: Path, content: bytes) -> Table:
    r"""The rows in the bytes of a file, in the format that the file's name says.

    >>> table = parse_table(Path("films.csv"), b"id,text\nr1,Fine.\n")
    >>> table.columns, table.rows[0].row_id, table.rows[0].line
    (('id', 'text'), 'r1', 2)
    """
    text, problems = _decode(content)
    columns, found = _read(text, path.suffix.lower())
    problems += [item for item in found if isinstance(item, RowProblem)]
    return Table(
        path=path,
        columns=columns,
        rows=_identified([item for item in found if not isinstance(item, RowProblem)]),
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
    )


def _read(text: str, suffix: str) -> tuple[tuple[str, ...], list[_Found]]:
    if suffix in DELIMITERS:
        return _read_delimited(text, DELIMITERS[suffix])
    if suffix == ".jsonl":
        return _read_json_lines(text)
    message = f"not a data file: its name must end in {', '.join(SUFFIXES)}"
    return (), [RowProblem(line=1, message=message)]


def _decode(content: bytes) -> tuple[str, list[RowProblem]]:
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{error.object[error.start]:02x} is not UTF-8: save the file as UTF-8"
        return content.decode("utf-8-sig", errors="replace"), [
            RowProblem(line=line, message=message)
        ]


def _identified(records: list[_Record]) -> tuple[Row, ...]:
    ids = [values.get("id", "") for _, values in records]
    use_ids = all(ids) and len(set(ids)) == len(ids)
    return tuple(
        Row(row_id=row_id if use_ids else str(line), line=line, values=values)
        for row_id, (line, values) in zip(ids, records, strict=True)
    )


def _read_delimited(text: str, delimiter: str) -> tuple[tuple[str, ...], list[_Found]]:
    lines = _fields(text, delimiter)
    head = next(lines, None)
    if head is None:
        return (), [RowProblem(line=1, message="the file is empty: its first line names columns")]
    if isinstance(head, RowProblem):
        return (), [head]
    line, columns = head
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        return tuple(dict.fromkeys(columns)), [
            RowProblem(line=line, message=f'two columns are named "{twice[0]}"')
        ]
    return tuple(columns), [_record(item, columns) for item in lines]


def _fields(text: str, delimiter: str) -> Iterator[tuple[int, list[str]] | RowProblem]:
    """Each line's number and fields; a quoted field may go over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowProblem(line=line, message=_quote_fault(str(error), reader.line_num - line))
            continue
        if fields:
            yield line, fields


def _quote_fault(error: str, n_swallowed: int) -> str:
    if "unexpected end of data" not in error:
        return f'{error}: a quote inside a quoted field is written ""'
    return f"a quote that opens here is never closed and takes in {n_swallowed} more lines"


def _record(item: tuple[int, list[str]] | RowProblem, columns: list[str]) -> _Found:
    if isinstance(item, RowProblem):
        return item
    line, fields = item
    if len(fields) == len(columns):
        return line, dict(zip(columns, fields, strict=True))
    names = ", ".join(columns)
    count = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
    message = f"{count} where the first line names {len(columns)} ({names})"
    if len(fields) > len(columns):
        message += ": put quotes around a field that holds a separator"
    return RowProblem(line=line, message=message)


def _read_json_lines(text: str) -> tuple[tuple[str, ...], list[_Found]]:
    # Only "\n" ends a record: JSON text may hold the other characters that end a line for Python.
    numbered = enumerate(text.split("\n"), start=1)
    found = [_json_record(line, source) for line, source in numbered if source.strip()]
    names: dict[str, None] = {}
    for item in found:
        if not isinstance(item, RowProblem):
            names |= dict.fromkeys(item[1])
    columns = tuple(names)
    return columns, [_with_all(item, columns) for item in found]


def _with_all(item: _Found, columns: tuple[str, ...]) -> _Found:
    if isinstance(item, RowProblem):
        return item
    line, values = item
    return line, {name: values.get(name, "") for name in columns}


def _json_record(line: int, source: str) -> _Found:
    try:
        value: object = json.loads(source)
    except (ValueError, RecursionError) as error:
        return RowProblem(line=line, message=f"not JSON: {error}")
    if not isinstance(value, dict):
        message = f"a JSON {type(value).__name__} where an object {{...}} belongs"
        return RowProblem(line=line, message=message)
    record = {key: _as_text(item) for key, item in cast("dict[str, object]", value).items()}
    try:
        "".join((*record, *record.values())).encode()
    except UnicodeEncodeError:
        return RowProblem(line=line, message="holds half a character (an unpaired surrogate)")
    return line, record


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
