"""What a metric is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunesmith.wire.events import Score


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A value with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that says how well predictions meet their targets."""

    name: str
    compute: Callable[[Sequence[str], Sequence[str]], Estimate]
    """From targets and predictions, one of each a row, in the same order."""
    higher_is_better: bool = True

    def score(self, targets: Sequence[str], predicted: Sequence[str]) -> Score:
        """The estimate, as events carry it. Raises ValueError where the lengths differ."""
        if len(targets) != len(predicted):
            raise ValueError(f"{len(targets)} targets but {len(predicted)} predictions")
        estimate = self.compute(targets, predicted)
        return Score(
            metric=self.name,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            higher_is_better=self.higher_is_better,
        )
