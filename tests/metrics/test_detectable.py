"""The smallest difference that rows can show, held against models that differ by just that much."""

import random

import pytest

from tunesmith.metrics.detectable import smallest_difference
from tunesmith.metrics.mcnemar import exact_mcnemar

DISCORDANT = 0.2


@pytest.mark.parametrize("n_rows", [100, 200, 400])
def test_a_difference_of_that_size_is_found_about_four_times_in_five(n_rows):
    difference = smallest_difference(n_rows)
    gain = (DISCORDANT + difference) / 2
    chance = random.Random(n_rows)

    found = 0
    for _ in range(1000):
        draws = [chance.random() for _ in range(n_rows)]
        gained = sum(draw < gain for draw in draws)
        lost = sum(gain <= draw < DISCORDANT for draw in draws)
        found += exact_mcnemar(gained, lost) < 0.05

    # The exact test is a little more careful than the normal curve that the formula takes.
    assert 0.70 < found / 1000 < 0.84


def test_more_rows_show_smaller_differences():
    found = [smallest_difference(n_rows) for n_rows in (1, 10, 100, 1000, 10_000)]

    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0.0125, abs=0.0005)
