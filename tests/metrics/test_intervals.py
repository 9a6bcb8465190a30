"""Intervals against figures from elsewhere."""

import random
from collections.abc import Sequence

import pytest
from scipy.stats import binomtest
from scipy.stats import bootstrap as scipy_bootstrap

from tunesmith.metrics.intervals import bootstrap, wilson


@pytest.mark.parametrize(
    ("n_right", "n_rows", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (30, 30, 0.8865, 1.0),
        (160, 200, 0.7391, 0.8495),
    ],
)
def test_wilson(n_right: int, n_rows: int, low: float, high: float) -> None:
    assert wilson(n_right, n_rows) == pytest.approx((low, high), abs=5e-5)


def test_wilson_agrees_with_scipy_for_every_count_of_thirty() -> None:
    for n_right in range(31):
        expected = binomtest(n_right, 30).proportion_ci(method="wilson")
        assert wilson(n_right, 30) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_no_rows_say_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert bootstrap([], len) == (0.0, 1.0)


def test_bootstrap_agrees_with_scipy_up_to_chance() -> None:
    draw = random.Random(3)
    items = [draw.gauss(0, 1) for _ in range(200)]
    expected = scipy_bootstrap(
        (items,), lambda x, axis: x.mean(axis=axis), n_resamples=5000, method="percentile", rng=0
    ).confidence_interval

    low, high = bootstrap(items, lambda drawn: sum(drawn) / len(drawn))

    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.015)


def test_a_seed_gives_one_interval() -> None:
    items = list(range(50))

    def mean(drawn: Sequence[int]) -> float:
        return sum(drawn) / len(drawn)

    assert bootstrap(items, mean, seed=1) == bootstrap(items, mean, seed=1)
    assert bootstrap(items, mean, seed=1) != bootstrap(items, mean, seed=2)
