"""A data file as a whole: what a job reads, and what an editor shows rows of."""

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from tunesmith.data.stream import SUFFIXES, Row, RowProblem, RowStream, open_rows

__all__ = ["SUFFIXES", "Row", "RowProblem", "Table", "parse_table", "read_table"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A data file that was read."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]
    """In order of line; empty for a file without fault."""


def read_table(path: Path, target: str | None = None) -> Table:
    """The rows of a data file, split as `RowStream` says. Raises OSError if it cannot be opened."""
    return _table(path, open_rows(path, target))


def parse_table(path: Path, content: bytes, target: str | None = None) -> Table:
    r"""The rows in the bytes of a file, in the format that the file's name says.

    `target` is the column to learn, whose conversations are split as `RowStream` says.

    >>> table = parse_table(Path("films.csv"), b"id,text\nr1,Fine.\n")
    >>> table.columns, table.rows[0].row_id, table.rows[0].line
    (('id', 'text'), 'r1', 2)
    """
    return _table(path, RowStream(path, lambda: BytesIO(content), target))


def _table(path: Path, stream: RowStream) -> Table:
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for item in stream:
        if isinstance(item, RowProblem):
            problems.append(item)
        else:
            rows.append(item)
    return Table(
        path=path,
        columns=stream.columns,
        rows=_named(rows),
        problems=tuple(problems),
    )


def _named(rows: list[Row]) -> tuple[Row, ...]:
    """The rows with their ids."""
    ids = [row.values.get("id", "") for row in rows]
    if not all(ids) or len(set(ids)) < len(ids):
        return tuple(rows)
    return tuple(replace(row, row_id=row_id) for row_id, row in zip(ids, rows, strict=True))
