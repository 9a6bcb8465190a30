"""What every yardstick is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunesmith.engine.evaluate import Prediction, Watch
from tunesmith.engine.example import Example


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """A rival that is ready for the test rows: it chose all it had to choose without them."""

    name: str
    """As events call it."""
    note: str
    """What it is, and what was chosen on validation."""
    predict: Callable[[Sequence[Example], Watch], list[Prediction]]
    """May raise Interrupted."""


def accuracy(predictions: Sequence[Prediction]) -> float:
    """What choices are made by."""
    n_right = sum(prediction.predicted == prediction.target for prediction in predictions)
    return n_right / max(len(predictions), 1)
