"""The rows of all files by their text, for rules that look for the same text twice."""

from array import array
from bisect import insort
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args
from weakref import WeakKeyDictionary

from tunesmith.data.split import normalise
from tunesmith.data.stream import Row
from tunesmith.lint.columns import named_columns
from tunesmith.lint.facts import DataFile, DataKey, Facts
from tunesmith.lint.rows import Note
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt

N_EXAMPLES = 20
PARTS: tuple[DataKey, ...] = get_args(DataKey)
_N_BUCKETS = 256
_LINE_BITS = 48


@dataclass(frozen=True, order=True)
class Place:
    """A row, by its file and line; those of train come first."""

    part: int
    line: int

    @property
    def key(self) -> DataKey:
        """Of the file."""
        return PARTS[self.part]


@dataclass
class Tally:
    """How many rows there are of a kind; of the first few, which, and held against which others."""

    n_rows: int = 0
    first: list[tuple[Place, Place]] = field(default_factory=list[tuple[Place, Place]])

    def add(self, row: Place, other: Place) -> None:
        """Count one more."""
        self.n_rows += 1
        if len(self.first) < N_EXAMPLES or (row, other) < self.first[-1]:
            insort(self.first, (row, other))
            del self.first[N_EXAMPLES:]


@dataclass(frozen=True)
class Repeats:
    """Rows whose text was there before."""

    same: dict[DataKey, Tally] = field(default_factory=dict[DataKey, Tally])
    """Rows that have text and target of an earlier row of their file."""
    conflicts: Tally = field(default_factory=Tally)
    """Rows that have the text of an earlier row of any file, and another target."""
    shared: dict[tuple[DataKey, DataKey], Tally] = field(
        default_factory=dict[tuple[DataKey, DataKey], Tally]
    )
    """By file, and by the earlier one in which its rows stand too."""


class RowIndex:
    """The texts of rows as hashes: two rows are the same where the job takes them to be the same.

    Twenty bytes a row. Rows without any text are left out.
    """

    def __init__(self, keys: DataKeys, shown: tuple[str, ...]) -> None:
        """`shown` are the columns that the template may show."""
        self.key: Hashable = (shown, keys.target)
        self.names: dict[DataKey, str] = {}
        """Of the files."""
        self.n_rows = dict.fromkeys(PARTS, 0)
        self.text = ""
        """Of the row seen last, normalised."""
        self.hash = 0
        """Of that text."""
        self._shown, self._target = shown, keys.target
        self._last: Row | None = None
        self._buckets = [_Bucket() for _ in range(_N_BUCKETS)]

    def see(self, file: DataFile, row: Row) -> None:
        """Take in a row, once, however many rules show it."""
        if row is self._last:
            return
        self._last = row
        values = row.values
        self.text = normalise("\n".join(values[name] for name in self._shown if name in values))
        self.hash = hash(self.text)
        self.names[file.key] = file.path.name
        self.n_rows[file.key] += 1
        if self.text:
            target = hash(values.get(self._target or "")) & 0xFFFFFFFF
            place = PARTS.index(file.key) << _LINE_BITS | row.line
            self._buckets[self.hash % _N_BUCKETS].add(self.hash, place, target)

    @cached_property
    def repeats(self) -> Repeats:
        """Of all rows seen so far."""
        found = Repeats()
        for bucket in self._buckets:
            for group in bucket.groups():
                _sort_out(group, found)
        return found

    def where(self, place: Place, seen_from: Place) -> str:
        """A row's line, and its file where that is another one."""
        name = "" if place.part == seen_from.part else f" of {self.names[place.key]}"
        return f"line {place.line}{name}"


class _Bucket:
    def __init__(self) -> None:
        self._hashes, self._places, self._targets = array("q"), array("Q"), array("I")

    def add(self, hash_: int, place: int, target: int) -> None:
        self._hashes.append(hash_)
        self._places.append(place)
        self._targets.append(target)

    def groups(self) -> Iterator[list[tuple[Place, int]]]:
        """Rows with the same text, in the order of files and lines, each with its target."""
        first: dict[int, int] = {}
        groups: dict[int, array[int]] = {}
        for index, hash_ in enumerate(self._hashes):
            before = first.setdefault(hash_, index)
            if before != index:
                groups.setdefault(hash_, array("I", [before])).append(index)
        for group in groups.values():
            yield [(self._place(index), self._targets[index]) for index in group]

    def _place(self, index: int) -> Place:
        place = self._places[index]
        return Place(place >> _LINE_BITS, place & ((1 << _LINE_BITS) - 1))


def _sort_out(group: list[tuple[Place, int]], found: Repeats) -> None:
    first, first_target = group[0]
    by_part: dict[int, Place] = {}
    with_target: dict[tuple[int, int], Place] = {}
    for place, target in group:
        for part, other in by_part.items():
            if part != place.part:
                found.shared.setdefault((place.key, PARTS[part]), Tally()).add(place, other)
        by_part.setdefault(place.part, place)
        other = with_target.setdefault((place.part, target), place)
        if other != place:
            found.same.setdefault(place.key, Tally()).add(place, other)
        if target != first_target:
            found.conflicts.add(place, first)


@dataclass(frozen=True)
class IndexScan:
    """A rule at work that only looks at the index."""

    index: RowIndex
    say: Callable[[RowIndex], Iterator[Note]]

    @property
    def key(self) -> Hashable:
        """What the index depends on."""
        return self.index.key

    def row(self, file: DataFile, row: Row) -> None:
        """Show it to the index."""
        self.index.see(file, row)

    def notes(self) -> Iterator[Note]:
        """What the index shows."""
        return self.say(self.index)


_indices: WeakKeyDictionary[Prompt, tuple[Facts, RowIndex]] = WeakKeyDictionary()


def index_of(loaded: LoadedPrompt, facts: Facts) -> RowIndex | None:
    """One index for all the rules that look at the same facts; None where no row is shown."""
    keys, shown = loaded.extension.data, named_columns(loaded)
    if keys is None or not shown:
        return None
    known = _indices.get(loaded.prompt)
    if known is None or known[0] is not facts:
        known = _indices[loaded.prompt] = facts, RowIndex(keys, shown)
    return known[1]
