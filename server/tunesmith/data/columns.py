"""The columns of a file, as they become known."""

from collections.abc import Iterable

from tunesmith.data.row import Row, RowProblem

MAX_COLUMNS = 1000
"""Of JSON objects, each of which may bring new ones."""


class Columns:
    """The names seen so far, in their order."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._known: dict[str, None] = {}

    def add(self, names: Iterable[str]) -> None:
        """Some more, those already known among them."""
        self._known |= dict.fromkeys(names)
        self.names = tuple(self._known)

    def admit(self, row: Row) -> Row | RowProblem:
        """The row, its columns now known; a problem where there would be too many of them."""
        if row.values.keys() <= self._known.keys():
            return row
        new = row.values.keys() - self._known.keys()
        if len(self._known) + len(new) > MAX_COLUMNS:
            message = f'the column "{min(new)}" is one too many: there are {MAX_COLUMNS:,} already'
            return RowProblem(line=row.line, message=message)
        self.add(row.values)
        return row
