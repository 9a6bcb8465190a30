"""A scan that counts rows of one kind or another and names the first of each."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

from tunesmith.data.stream import Row
from tunesmith.lint.facts import DataFile
from tunesmith.lint.rows import Note
from tunesmith.wire.finding import Severity


@dataclass(kw_only=True)
class Count:
    """The rows of one file and kind."""

    file: DataFile
    kind: str
    line: int
    """Of the first."""
    value: str
    """Of the first, where the fault lies."""
    n_rows: int = 0

    @property
    def rows(self) -> str:
        """How many, in words."""
        return "1 row" if self.n_rows == 1 else f"{self.n_rows:,} rows"


@dataclass(frozen=True)
class Said:
    """What a rule has to say of a count."""

    message: str
    severity: Severity | None = None
    """None: the rule's own."""


class RowCounts:
    """One note for each file and kind, at its first row."""

    def __init__(
        self,
        key: Hashable,
        find: Callable[[DataFile, Row], Iterable[tuple[str, str]]],
        say: Callable[[Count], Said],
    ) -> None:
        """`find` gives the kinds of fault of a row, each with the value that has it."""
        self.key = key
        self._find, self._say = find, say
        self._counts: dict[tuple[str, str], Count] = {}

    def row(self, file: DataFile, row: Row) -> None:
        """Count one row."""
        for kind, value in self._find(file, row):
            place = file.key, kind
            count = self._counts.get(place)
            if count is None:
                count = Count(file=file, kind=kind, line=row.line, value=value)
                self._counts[place] = count
            count.n_rows += 1

    def notes(self) -> Iterator[Note]:
        """What is said of each count."""
        for count in self._counts.values():
            said = self._say(count)
            yield Note(
                key=count.file.key, message=said.message, line=count.line, severity=said.severity
            )
