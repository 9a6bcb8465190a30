"""JSON lines: an object on each, which may bring new columns."""

from collections.abc import Iterator
from typing import TextIO

from tunesmith.data.columns import Columns
from tunesmith.data.formats.json_values import read_json
from tunesmith.data.lines import Lines, TooLongError
from tunesmith.data.row import Row, RowProblem


def read_json_lines(
    text: TextIO, columns: Columns, *, is_sound: bool
) -> Iterator[Row | RowProblem]:
    r"""Each row. Lines end with "\n" alone, since JSON text may hold what ends them elsewhere."""
    lines = Lines(text, is_sound=is_sound)
    while True:
        line = lines.number + 1
        source, fault = "", None
        try:
            source = next(lines, "")
        except TooLongError as error:
            fault = RowProblem(line=line, message=str(error))
        problem = lines.begin() or fault
        if problem:
            yield problem
        elif not source:
            return
        elif source.strip():
            item = read_json(source.rstrip("\r\n"), line)
            yield columns.admit(item) if isinstance(item, Row) else item
