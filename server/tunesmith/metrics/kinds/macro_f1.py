"""F1 of each class, averaged: a model that ignores a rare class is seen."""

from collections import Counter
from collections.abc import Sequence

from tunesmith.metrics.base import Estimate, Metric
from tunesmith.metrics.intervals import bootstrap


def macro_f1(targets: Sequence[str], predicted: Sequence[str]) -> Estimate:
    """Mean over the classes of targets and predictions, with a bootstrap interval over rows.

    >>> macro_f1(["a", "a", "a", "b"], ["a", "a", "a", "a"]).value.__round__(3)
    0.429
    """
    pairs = list(zip(targets, predicted, strict=True))
    low, high = bootstrap(pairs, _macro_f1)
    return Estimate(value=_macro_f1(pairs), low=low, high=high)


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    in_targets: Counter[str] = Counter()
    in_predicted: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for (target, guess), count in Counter(pairs).items():
        in_targets[target] += count
        in_predicted[guess] += count
        if target == guess:
            right[target] += count
    classes = in_targets.keys() | in_predicted.keys()
    # F1 = 2 TP / (2 TP + FP + FN), and the two counts hold TP once each.
    scores = [2 * right[name] / (in_targets[name] + in_predicted[name]) for name in sorted(classes)]
    return sum(scores) / max(len(scores), 1)


METRIC = Metric(name="macro-f1", compute=macro_f1)
