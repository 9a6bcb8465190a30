"""Where training stands."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Judgement:
    """How good the model is on the validation rows; the larger is the better model."""

    score: float
    """Of the metric that decides."""
    log_likelihood: float
    """Mean log-probability of the right label: decides between equal scores."""


UNJUDGED = Judgement(score=-math.inf, log_likelihood=-math.inf)
"""Of a model that nobody has looked at: any other is better."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look at validation found, beside how well the training rows are known by then."""

    step: int
    loss: float
    """Mean of the steps since the look before."""
    log_likelihood: float


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
    look_s: float = 0.0
    """Seconds spent on looks so far."""
    n_tokens: int = 0
    """Of the prompts and targets trained on so far, padding apart."""
    losses: tuple[float, ...] = ()
    """Of the last steps, as many as it takes to know a spike when it comes."""
    looks: tuple[Look, ...] = ()
    """The last ones, as many as it takes to see over-fitting."""
    warned: tuple[str, ...] = ()
    """What has been called out already, and will not be again."""
