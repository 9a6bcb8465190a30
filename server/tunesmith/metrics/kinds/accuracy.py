"""The share of rows that are right."""

from collections.abc import Sequence

from tunesmith.metrics.base import Estimate, Metric
from tunesmith.metrics.intervals import wilson


def accuracy(targets: Sequence[str], predicted: Sequence[str]) -> Estimate:
    """Right rows over all rows, with Wilson's interval; 0 where there are none.

    >>> accuracy(["a", "b", "a", "b"], ["a", "b", "b", "b"]).value
    0.75
    """
    n_right = sum(target == guess for target, guess in zip(targets, predicted, strict=True))
    low, high = wilson(n_right, len(targets))
    return Estimate(value=n_right / max(len(targets), 1), low=low, high=high)


METRIC = Metric(name="accuracy", compute=accuracy)
