"""Data files as rows that remember their line, read one at a time.

What cannot be read as a row is a problem in its place, and reading goes on. Only a bounded part of
a file is in memory at any moment, whatever the file is.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO, TypeVar, cast

from tunesmith.data.encoding import ODD, Codec, examine

DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*DELIMITERS, ".jsonl")
MAX_CHARS = 1 << 22
"""Of one row; about a million tokens, so that a longer one is a quote left open, or no table."""

MOST_NAMED = 20
"""Columns in a message."""
MAX_COLUMNS = 1000
"""Of JSON lines, each of which may bring new ones."""
TOO_LONG = f"longer than {MAX_CHARS:,} characters, as no row is"
T = TypeVar("T")

csv.field_size_limit(MAX_CHARS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One record."""

    row_id: str
    """Its line; in a table, its `id` where that column names every row."""
    line: int
    """Where it starts in the file, from 1."""
    values: dict[str, str]
    """Column to text; a JSON line need not have all columns."""

    def text(self, column: str) -> str:
        """What stands in a column; nothing where the row lacks it."""
        return self.values.get(column, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """Something in the file that could not be read as a row."""

    line: int
    message: str


class RowStream:
    """The rows of a file, with the lines that are none, in the order of the file."""

    def __init__(self, path: Path, open_file: Callable[[], BinaryIO]) -> None:
        """`path` says the format. Iterating raises OSError where the file cannot be read."""
        self.columns: tuple[str, ...] = ()
        """Those known so far: of a table after its first line, of JSON lines as they come."""
        self.codec: Codec | None = None
        """What the file is written in; None until the first row is asked for."""
        self._suffix = path.suffix.lower()
        self._open = open_file

    def __iter__(self) -> Iterator[Row | RowProblem]:
        if self._suffix not in SUFFIXES:
            message = f"not a data file: its name must end in {', '.join(SUFFIXES)}"
            yield RowProblem(line=1, message=message)
            return
        with self._open() as file:
            encoding = examine(file)
            self.codec = encoding.codec
            if encoding.fault:
                yield RowProblem(line=1, message=encoding.fault)
                return
            file.seek(0)
            delimiter = DELIMITERS.get(self._suffix)
            # The csv module wants line ends of every kind as they are. JSON text may hold the
            # characters that end a line elsewhere, so that there "\n" alone ends a record.
            newline = "\n" if delimiter is None else ""
            with TextIOWrapper(
                file, encoding.codec, errors="surrogateescape", newline=newline
            ) as text:
                lines = _Lines(text, is_sound=encoding.is_sound)
                yield from self._delimited(lines, delimiter) if delimiter else self._json(lines)

    def _delimited(self, lines: "_Lines", delimiter: str) -> Iterator[Row | RowProblem]:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        records = _records(lines, reader)
        head = next(records, None)
        if head is None:
            yield RowProblem(line=1, message="the file is empty: its first line names columns")
            return
        if isinstance(head, RowProblem):
            yield head
            return
        line, columns = head
        self.columns = tuple(dict.fromkeys(columns))
        if len(self.columns) < len(columns):
            twice = min(name for name, n in Counter(columns).items() if n > 1)
            yield RowProblem(line=line, message=f'two columns are named "{twice}"')
            return
        for item in records:
            yield item if isinstance(item, RowProblem) else _row(item, columns)

    def _json(self, lines: "_Lines") -> Iterator[Row | RowProblem]:
        known: dict[str, None] = {}
        for record in _records(lines, lines):
            item = record if isinstance(record, RowProblem) else _json_row(*record)
            if isinstance(item, Row) and not item.values.keys() <= known.keys():
                new = item.values.keys() - known.keys()
                if len(known) + len(new) > MAX_COLUMNS:
                    item = RowProblem(line=item.line, message=_too_wide(new))
                else:
                    known |= dict.fromkeys(item.values)
                    self.columns = tuple(known)
            if item:
                yield item


def open_rows(path: Path) -> RowStream:
    """The rows of a `.csv`, `.tsv` or `.jsonl` file; iterating may raise OSError."""
    return RowStream(path, lambda: path.open("rb"))


class _TooLongError(Exception):
    """A record that goes on for longer than any row does."""


class _Lines:
    """The lines of a file as text. Notes what is wrong with the bytes of a record."""

    def __init__(self, text: TextIO, *, is_sound: bool) -> None:
        self.number = 0
        """Of the last line that was read, from 1."""
        self._text = text
        self._is_sound = is_sound
        self._n_chars = 0
        self._problem: RowProblem | None = None
        self._has_foreign = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_CHARS)
        if not line:
            raise StopIteration
        self.number += 1
        self._n_chars += len(line)
        if self._n_chars >= MAX_CHARS:
            while line and line[-1] not in "\r\n":
                line = self._text.readline(MAX_CHARS)
            raise _TooLongError(TOO_LONG)
        if not self._is_sound:
            self._look(line)
        return line

    def begin(self) -> RowProblem | None:
        """Begin a record; what was wrong with the one before it."""
        problem, self._problem = self._problem, None
        self._n_chars = 0
        return problem

    def _look(self, line: str) -> None:
        odd = ODD.search(line)
        if odd is None:
            self._has_foreign = self._has_foreign or not line.isascii()
        elif self._problem is None:
            message = _odd(odd[0], self._has_foreign)
            self._problem = RowProblem(line=self.number, message=message)


def _odd(char: str, has_foreign: bool) -> str:
    if char == "\0":
        return "holds a null byte, which is no text: take it out"
    mixed = ", as lines above are: the file mixes encodings" if has_foreign else ""
    return f"byte 0x{ord(char) - 0xDC00:02x} is not UTF-8{mixed}; save the file as UTF-8"


def _records(lines: _Lines, reader: Iterator[T]) -> Iterator[tuple[int, T] | RowProblem]:
    """Each record with the line it starts in; a quoted field may go over several lines."""
    while True:
        line = lines.number + 1
        record = fault = None
        try:
            record = next(reader, None)
        except (csv.Error, _TooLongError) as error:
            fault = RowProblem(line=line, message=_fault(str(error), lines.number - line))
        problem = lines.begin() or fault
        if problem:
            yield problem
        elif record is None:
            return
        elif record:
            yield line, record


def _fault(error: str, n_more: int) -> str:
    if "unexpected end of data" in error:
        return f"a quote that opens here is never closed and takes in {n_more:,} more lines"
    if "limit" in error or error == TOO_LONG:
        quote = f": a quote that opens here takes in {n_more:,} more lines" if n_more else ""
        return TOO_LONG + quote
    return f'{error}: a quote inside a quoted field is written ""'


def _row(item: tuple[int, list[str]], columns: list[str]) -> Row | RowProblem:
    line, fields = item
    if len(fields) == len(columns):
        return Row(row_id=str(line), line=line, values=dict(zip(columns, fields, strict=True)))
    names = f" ({', '.join(columns)})" if len(columns) <= MOST_NAMED else ""
    count = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
    message = f"{count} where the first line names {len(columns):,}{names}"
    if len(fields) > len(columns):
        message += ": put quotes around a field that holds a separator"
    return RowProblem(line=line, message=message)


def _json_row(line: int, source: str) -> Row | RowProblem | None:
    if not source.strip():
        return None
    try:
        value: object = json.loads(source.rstrip("\r\n"))
    except json.JSONDecodeError as error:
        return RowProblem(line=line, message=f"not JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError) as error:
        return RowProblem(line=line, message=f"not JSON: {error}")
    if not isinstance(value, dict):
        message = f"a JSON {type(value).__name__} where an object {{...}} belongs"
        return RowProblem(line=line, message=message)
    values = {key: _as_text(item) for key, item in cast("dict[str, object]", value).items()}
    try:
        "".join((*values, *values.values())).encode()
    except UnicodeEncodeError:
        return RowProblem(line=line, message="holds half a character (an unpaired surrogate)")
    return Row(row_id=str(line), line=line, values=values)


def _too_wide(new: Iterable[str]) -> str:
    name = next(iter(sorted(new)))
    return f'the column "{name}" is one too many: there are {MAX_COLUMNS:,} already'


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
