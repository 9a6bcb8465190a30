"""The exact test against scipy's binomial test."""

import pytest
from scipy.stats import binomtest

from tunesmith.metrics.mcnemar import Flips, count_flips, exact_mcnemar


def test_it_is_the_two_sided_binomial_test_of_the_flips() -> None:
    for gained in range(12):
        for lost in range(12):
            if gained + lost:
                expected = binomtest(gained, gained + lost).pvalue
                assert exact_mcnemar(gained, lost) == pytest.approx(expected, rel=1e-12)


def test_no_flips_show_no_difference() -> None:
    assert exact_mcnemar(0, 0) == 1


def test_thousands_of_flips_do_not_overflow() -> None:
    assert exact_mcnemar(2600, 2400) == pytest.approx(binomtest(2600, 5000).pvalue, rel=1e-9)


def test_rows_that_both_models_get_right_or_wrong_do_not_count() -> None:
    targets = ["a", "a", "a", "a", "b"]
    first = ["a", "b", "b", "a", "a"]
    second = ["a", "a", "a", "b", "a"]

    flips = count_flips(targets, first, second)

    assert flips == Flips(gained=2, lost=1)
    assert flips.p_value == 1
