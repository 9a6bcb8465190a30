"""A search through the rows of the data: the first places are named, the others counted."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

from tunesmith.data.table import Row
from tunesmith.lint.facts import DataFile, DataKey
from tunesmith.lint.rows import Note
from tunesmith.wire.finding import Severity

MOST = 20
"""Rows that are named, for each file and severity."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What is wrong with one value."""

    message: str
    severity: Severity | None = None
    """None: the rule's own."""


@dataclass(kw_only=True)
class _Hits:
    notes: list[Note] = field(default_factory=list[Note])
    n_more: int = 0


class RowSearch:
    """A scan that names for each row the gravest thing that it finds there."""

    def __init__(
        self,
        may_hold: Callable[[str], object],
        find: Callable[[str, str], Hit | None],
        columns: frozenset[str] | None = None,
        *,
        sought: Hashable = None,
    ) -> None:
        """Set up the search, in some columns or in all.

        `may_hold` sees the values of a row in one text; it is quick, and false for most rows.
        `find` is then given each column and its value. `sought` is all else of the prompt and of
        the model that the two depend on.
        """
        self._may_hold, self._find, self._columns = may_hold, find, columns
        self.key = (columns, sought)
        self._hits: dict[tuple[DataKey, Severity | None], _Hits] = {}

    def row(self, file: DataFile, row: Row) -> None:
        """Look at one row."""
        values = row.values
        if self._columns is not None:
            values = {name: value for name, value in values.items() if name in self._columns}
        if not self._may_hold("\n".join(values.values())):
            return
        found: tuple[str, Hit] | None = None
        for column, value in values.items():
            hit = self._find(column, value)
            if hit and (found is None or (hit.severity and not found[1].severity)):
                found = column, hit
        if found:
            self._keep(file, row, *found)

    def notes(self) -> Iterator[Note]:
        """One for each row that is named; the last of them says how many there are beyond."""
        for hits in self._hits.values():
            *notes, last = hits.notes
            yield from notes
            rows = "1 more row" if hits.n_more == 1 else f"{hits.n_more:,} more rows"
            more = f" (and {rows})" if hits.n_more else ""
            yield Note(
                key=last.key, message=last.message + more, line=last.line, severity=last.severity
            )

    def _keep(self, file: DataFile, row: Row, column: str, hit: Hit) -> None:
        hits = self._hits.setdefault((file.key, hit.severity), _Hits())
        if len(hits.notes) == MOST:
            hits.n_more += 1
            return
        message = f'column "{column}": {hit.message}'
        hits.notes.append(Note(key=file.key, message=message, line=row.line, severity=hit.severity))
