"""The smallest difference between two models that so many rows can show.

Both answer the same rows, so that only the rows count on which one is right and the other is not.
Taken are a two-sided test at the 5% level and a power of 80% (R. J. Connor, "Sample Size for
Testing Differences in Proportions for the Paired-Sample Design", Biometrics 1987), and that the
models disagree about one row in five. Where they disagree about fewer, smaller ones are found.
"""

from math import sqrt

from tunesmith.metrics.intervals import Z_95

_Z_POWER = 0.8416212335729143
_DISCORDANT = 0.2


def smallest_difference(n_rows: int) -> float:
    """Between two shares of right answers, for McNemar's test to find it in 80% of cases.

    >>> round(smallest_difference(154), 3), round(smallest_difference(625), 3)
    (0.1, 0.05)
    """
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if _n_needed(middle) > n_rows else (low, middle)
    return high


def _n_needed(difference: float) -> float:
    # A difference takes at least as many answers that differ.
    discordant = max(_DISCORDANT, difference)
    spread = Z_95 * sqrt(discordant) + _Z_POWER * sqrt(discordant - difference**2)
    return (spread / difference) ** 2
