"""The learning rate of a step: a straight rise, then what the schedule says."""

import math
from collections.abc import Callable

FALLS: dict[str, Callable[[float], float]] = {
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
    "linear": lambda done: 1 - done,
    "constant": lambda _done: 1.0,
}
"""Share of the peak, by how much of the way behind the rise is done: 0 to 1."""


def rate(step: int, n_steps: int, *, peak: float, warmup: float, schedule: str) -> float:
    """Learning rate of a step, from 1; `warmup` is the share of the steps in which it rises.

    >>> [rate(step, 4, peak=8.0, warmup=0.5, schedule="linear") for step in (1, 2, 3, 4)]
    [4.0, 8.0, 5.333333333333334, 2.666666666666667]
    """
    n_rising = max(1, round(warmup * n_steps))
    if step <= n_rising:
        return peak * step / n_rising
    return peak * FALLS[schedule]((step - n_rising) / (n_steps - n_rising + 1))
