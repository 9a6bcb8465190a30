"""A data file, one row at a time."""

from collections.abc import Iterator
from pathlib import Path

from tunesmith.data.table import Row, RowProblem, read_table


class RowStream:
    """The rows of a file, with the lines that are none, in the order of the file."""

    def __init__(self, path: Path) -> None:
        self._table = read_table(path)
        self.columns = self._table.columns
        """Those known so far: of a table at once, of JSON lines as they come."""

    def __iter__(self) -> Iterator[Row | RowProblem]:
        items = (*self._table.rows, *self._table.problems)
        return iter(sorted(items, key=lambda item: item.line))


def open_rows(path: Path) -> RowStream:
    """The rows of a `.csv`, `.tsv` or `.jsonl` file. Raises OSError where it cannot be opened."""
    return RowStream(path)
