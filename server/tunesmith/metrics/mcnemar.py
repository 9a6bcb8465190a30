"""Whether two models differ on the same rows: McNemar's test, exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, kw_only=True)
class Flips:
    """Rows where two models disagree about being right."""

    gained: int
    """Wrong by the first model, right by the second."""
    lost: int
    """Right by the first model, wrong by the second."""

    @property
    def p_value(self) -> float:
        """Of the exact two-sided test."""
        return exact_mcnemar(self.gained, self.lost)


def exact_mcnemar(gained: int, lost: int) -> float:
    """Probability of flips at least this one-sided, were both models equally good (McNemar 1947).

    >>> exact_mcnemar(gained=9, lost=1)
    0.021484375
    >>> exact_mcnemar(gained=0, lost=0)
    1.0
    """
    n_flips = gained + lost
    tail = sum(comb(n_flips, i) for i in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / 2**n_flips)


def count_flips(targets: Sequence[str], first: Sequence[str], second: Sequence[str]) -> Flips:
    """Compare two models' predictions, row by row.

    >>> count_flips(["a", "b", "b"], ["b", "b", "a"], ["a", "b", "b"])
    Flips(gained=2, lost=0)
    """
    rows = [
        (one == target, two == target)
        for target, one, two in zip(targets, first, second, strict=True)
    ]
    return Flips(gained=rows.count((False, True)), lost=rows.count((True, False)))
