"""What is called out as training goes, and what is not."""

import random

import pytest

from tunesmith.engine.alarms import over_fitting, spike
from tunesmith.engine.progress import Look

USUAL = [0.7, 0.65, 0.72, 0.6, 0.68, 0.71, 0.66, 0.63]


def looks(*pairs: tuple[float, float]) -> list[Look]:
    """Of a training loss and a validation log-likelihood each, 20 steps apart."""
    return [
        Look(step=20 * index, loss=loss, log_likelihood=log_likelihood)
        for index, (loss, log_likelihood) in enumerate(pairs, start=1)
    ]


def test_a_spike_says_what_is_usual_and_what_to_do():
    assert spike(93, 2.4, USUAL) == (
        "The loss jumped at step 93: 2.4, and 0.67 is usual. A single odd row can do that, such as "
        "one with a wrong label; if it stays high, set a lower lr in tunesmith.train."
    )


@pytest.mark.parametrize(
    ("loss", "before"),
    [
        (1.1, USUAL),  # Six deviations above, and still not half a nat.
        (0.1, USUAL),  # Far below.
        (9.0, USUAL[:7]),  # Too early to know what is usual.
        (2.4, [0.1, 4.0, 0.3, 3.0, 0.2, 5.0, 0.1, 2.0]),  # Wide spread is usual here.
    ],
)
def test_what_is_no_spike(loss, before):
    assert spike(9, loss, before) is None


def test_one_spike_does_not_hide_the_next():
    assert spike(10, 3.0, [*USUAL, 8.0]) is not None


def test_noise_and_the_fall_of_the_first_steps_raise_no_alarm():
    chance = random.Random(7)
    losses = [0.2 + 4 * 0.9**step + chance.gauss(0, 0.1) for step in range(200)]

    assert [step for step in range(200) if spike(step, losses[step], losses[:step][-32:])] == []


def test_over_fitting_names_where_it_began_and_what_is_kept():
    found = looks((0.6, -0.5), (0.4, -0.4), (0.3, -0.45), (0.2, -0.52), (0.1, -0.6))

    assert over_fitting(found, 40) == (
        "Over-fitting since step 40: the right answers of the validation rows got less likely at 3 "
        "looks in a row (log-likelihood -0.4 to -0.6) while the training loss fell (0.4 to 0.1). "
        "Step 40 is kept as the best; fewer epochs, a lower lr or more rows help."
    )


@pytest.mark.parametrize(
    "found",
    [
        looks((0.4, -0.4), (0.3, -0.45), (0.2, -0.52)),  # Two looks in a row may be chance.
        looks((0.4, -0.4), (0.3, -0.5), (0.2, -0.45), (0.1, -0.6)),  # Up and down.
        looks((0.4, -0.4), (0.5, -0.45), (0.5, -0.5), (0.6, -0.6)),  # Training gets worse too.
        looks((0.4, -0.4), (0.3, -0.401), (0.2, -0.402), (0.1, -0.403)),  # It stands still.
    ],
)
def test_what_is_no_over_fitting(found):
    assert over_fitting(found, 20) is None
