"""Throughput and time left, over a whole run."""

import pytest

from tunesmith.engine.pace import is_over_time, left_s, tokens_per_s
from tunesmith.engine.progress import Judgement, Progress


def after(step: int, **more: float) -> Progress:
    """A run with steps of two seconds each and looks of three."""
    best = Judgement(score=0.5, log_likelihood=-0.5)
    look_s = 3.0 * ((step - 1) // 10 + (step > 1))
    given = {"train_s": 2.0 * step, "look_s": look_s, "n_tokens": 500 * step, **more}
    return Progress(step=step, best=best, best_step=0, n_looks_since=0, **given)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1, 24 * 2 + 0),  # Nothing is known of looks before the first one.
        (2, 23 * 2 + 3 * 3),
        (11, 14 * 2 + 2 * 3),
        (20, 5 * 2 + 2 * 3),
        (25, 3),
    ],
)
def test_steps_and_looks_are_left(step, expected):
    left = left_s(after(step), n_steps=25, eval_steps=10, max_minutes=0.0)

    assert left == pytest.approx(expected)


def test_no_more_is_left_than_the_limit_allows():
    assert left_s(after(11), n_steps=25, eval_steps=10, max_minutes=0.5) == 30 - 22 - 6
    assert left_s(after(11), n_steps=25, eval_steps=10, max_minutes=0.1) == 0


def test_throughput_leaves_looks_out():
    assert tokens_per_s(after(11)) == 250


@pytest.mark.parametrize(
    ("max_minutes", "expected"), [(0.0, False), (28 / 60, True), (29 / 60, False)]
)
def test_steps_and_looks_count_against_the_limit(max_minutes, expected):
    assert is_over_time(after(11), max_minutes) == expected
