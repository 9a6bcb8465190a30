"""Rows whose texts are nearly the same."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from weakref import WeakKeyDictionary
from zlib import crc32

from tunesmith.data.stream import Row
from tunesmith.lint.facts import DataFile, DataKey
from tunesmith.lint.row_index import PARTS, Place, RowIndex, Tally
from tunesmith.lint.rows import Note

MOST_ROWS = 10_000
"""Of each file: some seconds and ten megabytes."""
MOST_CHARS = 2_000
"""Of each text."""
FEWEST_CHARS = 50
"""In a shorter text a single other word is a large part."""
LEAST_ALIKE = 0.8
_GRAM = 5
_N_KEPT = 64
_N_BANDS = 6
_BAND = 3
_MOST_CANDIDATES = 20


class NearRows:
    """Compares each text with those before it, by sketches of their 5-grams of characters.

    A sketch is the 64 smallest hashes of a text's grams; two texts' share of equal ones among the
    64 smallest of both estimates how much of their grams is the same, the Jaccard index (A. Broder,
    "On the resemblance and containment of documents", 1997). Compared are texts with the same
    three smallest hashes in one of six classes of hashes, as four fifths alike have with a chance
    of 99 in 100; at most twenty with each.
    """

    def __init__(self) -> None:
        self.same: dict[DataKey, Tally] = {}
        """Rows that are nearly another one of their file."""
        self.shared: dict[tuple[DataKey, DataKey], Tally] = {}
        """By file, and by the earlier one in which a row stands that is nearly the same."""
        self.n_examined = dict.fromkeys(PARTS, 0)
        self._last: Row | None = None
        self._known: set[int] = set()
        self._sketches: list[tuple[Place, array[int]]] = []
        self._by_band: defaultdict[int, list[int]] = defaultdict(list)

    def see(self, index: RowIndex, file: DataFile, row: Row) -> None:
        """Compare a row, once, however many rules show it."""
        index.see(file, row)
        if row is self._last or self.n_examined[file.key] >= MOST_ROWS:
            return
        self._last = row
        self.n_examined[file.key] += 1
        # The same text again is for other rules to tell.
        if len(index.text) < FEWEST_CHARS or index.hash in self._known:
            return
        self._known.add(index.hash)
        self._compare(Place(PARTS.index(file.key), row.line), _sketch(index.text))

    def rows(self, index: RowIndex, *keys: DataKey) -> str:
        """How many the first of some files has, and how many were compared where not all were."""
        n_rows = index.n_rows[keys[0]]
        if all(self.n_examined[key] == index.n_rows[key] for key in keys):
            return f"{n_rows:,} rows"
        return f"{n_rows:,} rows (the first {MOST_ROWS:,} of each file were compared)"

    def _compare(self, place: Place, sketch: "array[int]") -> None:
        parts: set[int] = set()
        bands = _bands(sketch)
        for index in self._candidates(bands):
            other, known = self._sketches[index]
            if other.part not in parts and _likeness(sketch, known) >= LEAST_ALIKE:
                parts.add(other.part)
                self._tally(place, other).add(place, other)
        for band in bands:
            self._by_band[band].append(len(self._sketches))
        self._sketches.append((place, sketch))

    def _candidates(self, bands: Sequence[int]) -> Iterable[int]:
        alike = (self._by_band.get(band, ())[:_MOST_CANDIDATES] for band in bands)
        return islice(dict.fromkeys(chain.from_iterable(alike)), _MOST_CANDIDATES)

    def _tally(self, place: Place, other: Place) -> Tally:
        if place.part == other.part:
            return self.same.setdefault(place.key, Tally())
        return self.shared.setdefault((place.key, other.key), Tally())


def _sketch(text: str) -> "array[int]":
    # Four bytes a character, so that every gram is a slice; and the same in every process.
    plain = text[:MOST_CHARS].encode("utf-32-le", errors="surrogatepass")
    width = 4 * _GRAM
    grams = {crc32(plain[start : start + width]) for start in range(0, len(plain) - width + 4, 4)}
    return array("I", sorted(grams)[:_N_KEPT])


def _bands(sketch: "array[int]") -> list[int]:
    classes: list[list[int]] = [[] for _ in range(_N_BANDS)]
    for hash_ in sketch:
        members = classes[hash_ % _N_BANDS]
        if len(members) < _BAND:
            members.append(hash_)
    return [hash((number, *members)) for number, members in enumerate(classes)]


def _likeness(one: "array[int]", other: "array[int]") -> float:
    smallest = sorted({*one, *other})[:_N_KEPT]
    shared = {*one} & {*other}
    return sum(hash_ in shared for hash_ in smallest) / len(smallest)


@dataclass(frozen=True)
class NearScan:
    """A rule at work that only looks at what is nearly the same."""

    index: RowIndex
    near: NearRows
    say: Callable[[RowIndex, NearRows], Iterator[Note]]

    @property
    def key(self) -> Hashable:
        """What the index depends on."""
        return self.index.key

    def row(self, file: DataFile, row: Row) -> None:
        """Have it compared."""
        self.near.see(self.index, file, row)

    def notes(self) -> Iterator[Note]:
        """What the comparison shows."""
        return self.say(self.index, self.near)


_near: WeakKeyDictionary[RowIndex, NearRows] = WeakKeyDictionary()


def near_scan(
    index: RowIndex | None, say: Callable[[RowIndex, NearRows], Iterator[Note]]
) -> NearScan | None:
    """A scan for one rule; all rules that look at one index share the work."""
    return index and NearScan(index, _near.setdefault(index, NearRows()), say)
