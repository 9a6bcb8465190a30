"""95% intervals that hold for small samples."""

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

Z_95 = 1.959963984540054
N_RESAMPLES = 2000


def wilson(n_right: int, n_rows: int) -> tuple[float, float]:
    """Wilson's score interval of a rate (Wilson 1927); (0, 1) where there are no rows.

    >>> low, high = wilson(80, 100)
    >>> round(low, 3), round(high, 3)
    (0.711, 0.867)
    """
    if n_rows == 0:
        return 0.0, 1.0
    rate, z2 = n_right / n_rows, Z_95**2
    centre = (rate + z2 / (2 * n_rows)) / (1 + z2 / n_rows)
    spread = math.sqrt(rate * (1 - rate) / n_rows + z2 / (4 * n_rows**2))
    half = Z_95 * spread / (1 + z2 / n_rows)
    # At 0 and n right one end is exact; rounding must not push it over the edge.
    low = 0.0 if n_right == 0 else centre - half
    high = 1.0 if n_right == n_rows else centre + half
    return low, high


def bootstrap(
    items: Sequence[T], statistic: Callable[[Sequence[T]], float], *, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap of a statistic over `items` (Efron 1979); the same for the same seed.

    >>> low, high = bootstrap([0, 1] * 50, lambda items: sum(items) / len(items))
    >>> 0.38 < low < 0.44 and 0.56 < high < 0.62
    True
    """
    if not items:
        return 0.0, 1.0
    draw = random.Random(seed).choices
    values = sorted(statistic(draw(items, k=len(items))) for _ in range(N_RESAMPLES))
    tail = round(0.025 * N_RESAMPLES)
    return values[tail], values[-tail - 1]
