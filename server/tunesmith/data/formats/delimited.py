"""Comma- and tab-separated values, whose first line names the columns."""

import csv
from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from tunesmith.data.columns import Columns
from tunesmith.data.lines import MAX_CHARS, TOO_LONG, Lines, TooLongError
from tunesmith.data.row import Row, RowProblem

MOST_NAMED = 20
"""Columns in a message."""

csv.field_size_limit(MAX_CHARS)


def read_delimited(
    text: TextIO, columns: Columns, *, is_sound: bool, delimiter: str
) -> Iterator[Row | RowProblem]:
    """Each row. `text` has to keep its line ends; a quoted field may go over several lines."""
    lines = Lines(text, is_sound=is_sound)
    records = _records(lines, csv.reader(lines, delimiter=delimiter, strict=True))
    head = next(records, None)
    if head is None:
        yield RowProblem(line=1, message="the file is empty: its first line names columns")
        return
    if isinstance(head, RowProblem):
        yield head
        return
    line, names = head
    columns.add(names)
    if len(columns.names) < len(names):
        twice = min(name for name, n in Counter(names).items() if n > 1)
        yield RowProblem(line=line, message=f'two columns are named "{twice}"')
        return
    for item in records:
        yield item if isinstance(item, RowProblem) else _row(item, names)


def _records(
    lines: Lines, reader: Iterator[list[str]]
) -> Iterator[tuple[int, list[str]] | RowProblem]:
    """Each record with the line it starts in."""
    while True:
        line = lines.number + 1
        record = fault = None
        try:
            record = next(reader, None)
        except (csv.Error, TooLongError) as error:
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
