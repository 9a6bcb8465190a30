"""Metrics against scikit-learn."""

import random
from dataclasses import replace

import pytest
from sklearn.metrics import accuracy_score, f1_score

from tunesmith.metrics.registry import METRICS
from tunesmith.wire.events import Score

TARGETS = ["a", "a", "a", "b", "b", "c"]
PREDICTED = ["a", "a", "b", "b", "b", "b"]


def test_the_registry_holds_one_metric_a_file() -> None:
    assert set(METRICS) == {"accuracy", "macro-f1"}


def test_accuracy_with_its_interval() -> None:
    score = METRICS["accuracy"].score(TARGETS, PREDICTED)

    expected = Score(metric="accuracy", value=4 / 6, low=0.29999, high=0.90323)
    assert replace(score, low=round(score.low, 5), high=round(score.high, 5)) == expected


def test_macro_f1_of_a_class_that_is_never_predicted_is_zero() -> None:
    score = METRICS["macro-f1"].score(TARGETS, PREDICTED)

    # F1 of a: 2*2/(3+2) = 0.8, of b: 2*2/(2+4) = 0.667, of c: 0.
    assert score.value == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    assert score.low <= score.value <= score.high


@pytest.mark.parametrize("seed", range(20))
def test_values_agree_with_scikit_learn(seed: int) -> None:
    draw = random.Random(seed)
    targets = draw.choices("abcd", k=60)
    predicted = draw.choices("abce", k=60)

    accuracy = METRICS["accuracy"].score(targets, predicted).value
    macro_f1 = METRICS["macro-f1"].score(targets, predicted).value

    assert accuracy == pytest.approx(accuracy_score(targets, predicted))
    assert macro_f1 == pytest.approx(f1_score(targets, predicted, average="macro"))


def test_nothing_to_score_is_not_a_success() -> None:
    for metric in METRICS.values():
        score = metric.score([], [])
        assert (score.value, score.low, score.high) == (0, 0, 1)


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 targets but 1 predictions"):
        METRICS["accuracy"].score(["a", "b"], ["a"])
