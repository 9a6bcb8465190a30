"""Which rows a step learns from: a function of the seed, the epoch and the rows alone."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunesmith.prompt.encoded import Encoded


@dataclass(frozen=True, kw_only=True)
class TrainRow:
    """A row to learn."""

    wordings: tuple[Encoded, ...]
    """The row through each prompt that is trained on, the first one first."""
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

    @property
    def n_steps(self) -> int:
        """Batches of one epoch; the last one may be smaller."""
        return math.ceil(len(self.rows) / self.batch_size)

    def batches(self, epoch: int) -> Iterator[list[Drawn]]:
        """The batches of an epoch, from 0."""
        order = list(range(len(self.rows)))
        random.Random(f"order of epoch {epoch} with seed {self.seed}").shuffle(order)
        for start in range(0, len(order), self.batch_size):
            yield [self._draw(index) for index in order[start : start + self.batch_size]]

    def _draw(self, index: int) -> Drawn:
        row = self.rows[index]
        return Drawn(row=row.wordings[0], weight=row.weight)
