"""What goes wrong in training, seen as it happens."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from tunesmith.engine.pace import is_over_time
from tunesmith.engine.progress import Look, Progress

N_LOSSES = 32
"""A loss is held against so many before it."""
N_ENOUGH = 8
"""With fewer than these, nothing is known of what is usual."""
N_SPREADS = 6.0
"""A loss farther above the median than so many standard deviations is no chance."""
LEAST_JUMP = 0.5
"""Nats: where all losses are nearly alike, a small one more is no spike yet."""
N_LOOKS = 4
"""Over-fitting shows over so many looks, each worse than the one before."""
LEAST_FALL = 0.02
"""Nats: validation that gets worse by less stands still."""


def spike(step: int, loss: float, before: Sequence[float]) -> str | None:
    """What to say of a loss that stands out of those of the steps before it; None of others.

    Median and spread are robust: one spike does not hide the next, and the fall of the loss in the
    first steps is no spread. The factor makes the median deviation that of a normal distribution.
    """
    if len(before) < N_ENOUGH:
        return None
    usual = median(before)
    spread = 1.4826 * median(abs(one - usual) for one in before)
    if loss <= usual + max(N_SPREADS * spread, LEAST_JUMP):
        return None
    return (
        f"The loss jumped at step {step}: {loss:.3g}, and {usual:.3g} is usual. A single odd row "
        "can do that, such as one with a wrong label; if it stays high, set a lower lr in "
        "tunesmith.train."
    )


def over_fitting(looks: Sequence[Look], best_step: int) -> str | None:
    """What to say where validation gets worse while training gets better; None where not."""
    last = looks[-N_LOOKS:]
    if len(last) < N_LOOKS or last[-1].loss >= last[0].loss:
        return None
    first, now = last[0], last[-1]
    if any(later.log_likelihood >= one.log_likelihood for one, later in pairwise(last)):
        return None
    if first.log_likelihood - now.log_likelihood < LEAST_FALL:
        return None
    return (
        f"Over-fitting since step {first.step}: the right answers of the validation rows got less "
        f"likely at {N_LOOKS - 1} looks in a row (log-likelihood {first.log_likelihood:.3g} to "
        f"{now.log_likelihood:.3g}) while the training loss fell ({first.loss:.3g} to "
        f"{now.loss:.3g}). Step {best_step} is kept as the best; fewer epochs, a lower lr or more "
        "rows help."
    )


def over_time(now: Progress, max_minutes: float, n_steps: int) -> str | None:
    """What to say where training ends before its last step, for its time is over."""
    if now.step == n_steps or not is_over_time(now, max_minutes):
        return None
    return (
        f"max_minutes: {max_minutes:g} is over at step {now.step} of {n_steps}: training ends here "
        f"with its best step, {now.best_step}."
    )


def no_number(step: int, loss: float, grad_norm: float, lr: float) -> str | None:
    """What to say of a loss or a gradient that is infinite, or no number at all."""
    if math.isfinite(loss) and math.isfinite(grad_norm):
        return None
    what = f"training diverged at step {step}: loss {loss:g}, gradient {grad_norm:g}"
    if step == 1:
        # No rate has had any effect yet.
        return (
            f"{what}, before any weight has changed. The base model's own numbers are out of range "
            "or damaged: check its files, or set another base in tunesmith.train"
        )
    return (
        f"{what}, learning rate {lr:.2g}. Set a lower one, such as lr: {lr / 3:.1g}, in "
        "tunesmith.train"
    )
