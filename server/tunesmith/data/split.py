"""Rows into train, validation and test, so that rows added later move nobody."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tunesmith.data.table import Row

RowText = Callable[[Row], str]
_Part = Literal["validation", "test", "train"]
_BLOCK = 10


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Which row is for what; no row, and no text, stands in two of them after `deal`."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]
    split_id: str
    """Hash of every row's part, text and label; equal ids can be compared row by row."""

    @classmethod
    def of(
        cls,
        *,
        train: Sequence[Row],
        validation: Sequence[Row],
        test: Sequence[Row],
        text_of: RowText,
        label_of: RowText,
    ) -> "Splits":
        """Rows whose parts are already known, because some come from files of their own."""
        parts = {"train": tuple(train), "validation": tuple(validation), "test": tuple(test)}
        digest = hashlib.sha256()
        for part, rows in parts.items():
            for row in rows:
                digest.update(_key(part, row.row_id, text_of(row), label_of(row)))
        return cls(**parts, split_id=digest.hexdigest()[:16])


def deal(
    rows: Sequence[Row],
    *,
    text_of: RowText,
    label_of: RowText,
    shares: tuple[float, float],
    seed: int,
) -> Splits:
    """Cut `rows` by `shares` = (validation, test), whole tenths; train keeps the rest.

    Rows whose texts are equal after `normalise` form a group and stay together. The groups of
    each class (that of their first row) are dealt in file order, ten at a time: which of the ten
    go where depends on seed, class and block alone. So every class is cut alike, and appended
    rows leave all others where they are.
    """
    counts = tuple(round(share * _BLOCK) for share in shares)
    if any(abs(n - share * _BLOCK) > 1e-6 for n, share in zip(counts, shares, strict=True)):
        raise ValueError(f"shares must be whole tenths: {shares}")
    n_dealt: dict[str, int] = {}
    part_of_text: dict[str, _Part] = {}
    parts: dict[_Part, list[Row]] = {"train": [], "validation": [], "test": []}
    for row in rows:
        text = normalise(text_of(row))
        if text not in part_of_text:
            label = label_of(row)
            place = n_dealt.get(label, 0)
            n_dealt[label] = place + 1
            part_of_text[text] = _part_at(place, label, (counts[0], counts[1]), seed)
        parts[part_of_text[text]].append(row)
    return Splits.of(**parts, text_of=text_of, label_of=label_of)


def take(rows: Sequence[Row], n: int, *, label_of: RowText, seed: int) -> tuple[Row, ...]:
    """`n` of the rows, the classes in their proportion, in file order.

    The choice for a smaller `n` is part of the choice for a larger one.
    """
    by_class: dict[str, list[tuple[bytes, int]]] = {}
    for index, row in enumerate(rows):
        by_class.setdefault(label_of(row), []).append((_key(seed, row.row_id), index))
    # Each class's rows are spread evenly over 0 to 1; the n nearest to 0 then hold every class
    # in its proportion.
    ranked = sorted(
        ((place + 0.5) / len(members), key, index)
        for members in by_class.values()
        for place, (key, index) in enumerate(sorted(members))
    )
    return tuple(rows[index] for index in sorted(index for _, _, index in ranked[: max(n, 0)]))


def overlap(train: Iterable[Row], evaluation: Iterable[Row], text_of: RowText) -> tuple[Row, ...]:
    """Rows of `evaluation` whose text also stands in `train`, whatever file they came from."""
    seen = {normalise(text_of(row)) for row in train}
    return tuple(row for row in evaluation if normalise(text_of(row)) in seen)


def normalise(text: str) -> str:
    """The text by which two rows count as the same.

    >>> normalise("A GOOD film --  truly!")
    'a good film truly'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = " ".join(plain.translate(_FOLDING).split())
    # A text of nothing but punctuation is still a text of its own.
    return words or " ".join(plain.split())


class _Folding(dict[int, str]):
    """Punctuation to a space; asks for each character once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = " " if unicodedata.category(character).startswith("P") else character
        return self[code]


_FOLDING = _Folding()


def _part_at(place: int, label: str, counts: tuple[int, int], seed: int) -> _Part:
    """Part of the group at `place` among its class's groups."""
    block, slot = divmod(place, _BLOCK)
    order = sorted(range(_BLOCK), key=lambda index: _key(seed, label, block, index))
    n_validation, n_test = counts
    rank = order.index(slot)
    if rank < n_validation:
        return "validation"
    return "test" if rank < n_validation + n_test else "train"


def _key(*parts: object) -> bytes:
    return hashlib.sha256("\x00".join(map(str, parts)).encode()).digest()
