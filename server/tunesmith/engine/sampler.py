"""Which rows a step learns from, and how they are worded.

A function of the seed, the epoch and the rows alone.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.spec import Scalar


@dataclass(frozen=True, kw_only=True)
class TrainRow:
    """A row to learn."""

    wordings: tuple[Encoded, ...]
    """The row through each prompt that is trained on, the first one first."""
    label: str = ""
    """Its class."""
    weight: float = 1.0
    """How much its loss counts."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A row as one step sees it."""

    row: Encoded
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """Deals rows into batches."""

    rows: Sequence[TrainRow]
    batch_size: int
    seed: int
    oversamples: bool = False
    """Rows of rarer classes are drawn again within an epoch, until all classes are equal."""

    @classmethod
    def of(cls, rows: Sequence[TrainRow], train: Mapping[str, Scalar], seed: int) -> "Sampler":
        """As the options of `tunesmith.train` have it."""
        return cls(
            rows=_weighted(rows) if train["balance"] == "weights" else rows,
            batch_size=int(train["batch_size"]),
            seed=seed,
            oversamples=train["balance"] == "oversample",
        )

    @property
    def n_draws(self) -> int:
        """Rows of one epoch, those that are drawn again counted each time."""
        if not self.oversamples:
            return len(self.rows)
        counts = Counter(row.label for row in self.rows)
        return len(counts) * max(counts.values())

    @property
    def n_steps(self) -> int:
        """Batches of one epoch; the last one may be smaller."""
        return math.ceil(self.n_draws / self.batch_size)

    def batches(self, epoch: int) -> Iterator[list[Drawn]]:
        """The batches of an epoch, from 0."""
        chance = random.Random(f"order of epoch {epoch} with seed {self.seed}")
        order = list(range(len(self.rows)))
        if self.oversamples:
            order += self._drawn_again(chance)
        chance.shuffle(order)
        n_before: Counter[int] = Counter()
        for start in range(0, len(order), self.batch_size):
            batch: list[Drawn] = []
            for index in order[start : start + self.batch_size]:
                batch.append(self._draw(index, epoch + n_before[index]))
                n_before[index] += 1
            yield batch

    def _drawn_again(self, chance: random.Random) -> list[int]:
        """What each class lacks: all its rows as often as they fit, and some of them once more."""
        by_class: dict[str, list[int]] = {}
        for index, row in enumerate(self.rows):
            by_class.setdefault(row.label, []).append(index)
        most = max(map(len, by_class.values()))
        again: list[int] = []
        for indices in by_class.values():
            n_whole, n_more = divmod(most - len(indices), len(indices))
            again += indices * n_whole + chance.sample(indices, n_more)
        return again

    def _draw(self, index: int, turn: int) -> Drawn:
        """The row in one of its wordings: each of them once before any comes again."""
        row = self.rows[index]
        n = len(row.wordings)
        if n == 1:
            return Drawn(row=row.wordings[0], weight=row.weight)
        first = random.Random(f"wording of row {index} with seed {self.seed}").randrange(n)
        return Drawn(row=row.wordings[(first + turn) % n], weight=row.weight)


def _weighted(rows: Sequence[TrainRow]) -> tuple[TrainRow, ...]:
    """Rows that weigh the less the more there are of their class; the mean weight is 1."""
    counts = Counter(row.label for row in rows)
    share = len(rows) / max(len(counts), 1)
    return tuple(
        TrainRow(wordings=row.wordings, label=row.label, weight=share / counts[row.label])
        for row in rows
    )
