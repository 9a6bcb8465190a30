"""Where training stands."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Judgement:
    """How good the model is on the validation rows; the larger is the better model."""

    score: float
    """Of the metric that decides."""
    log_likelihood: float
    """Mean log-probability of the right label: decides between equal scores."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """All that the next step depends on, beside the weights and the optimizer's state."""

    step: int
    """Steps done."""
    best: Judgement
    best_step: int
    n_looks_since: int
    """Looks at validation since the best one."""
    train_s: float
    """Seconds spent on steps so far."""
    losses: tuple[float, ...] = ()
    """Of the last steps, as many as it takes to know a spike when it comes."""
