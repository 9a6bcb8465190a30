"""How fast training goes, and how long it will take; over a resumed run as over one in a piece."""

import math

from tunesmith.engine.progress import Progress


def tokens_per_s(now: Progress) -> float:
    """Of the prompts and targets trained on, padding and looks at validation apart."""
    return now.n_tokens / max(now.train_s, 1e-9)


def left_s(now: Progress, *, n_steps: int, eval_steps: int, max_minutes: float) -> float:
    """Seconds until the last look, at the pace so far; asked before the look of a step."""
    steps_s = now.train_s / now.step * (n_steps - now.step)
    n_done = (now.step - 1) // eval_steps
    # The base model was looked at too, behind the first step.
    looks_s = now.look_s / (n_done + 1) * (math.ceil(n_steps / eval_steps) - n_done)
    if not max_minutes:
        return steps_s + looks_s
    return min(steps_s + looks_s, max(max_minutes * 60 - now.train_s - now.look_s, 0.0))


def is_over_time(now: Progress, max_minutes: float) -> bool:
    """Whether steps and looks have taken as long as they may; 0 minutes are no limit."""
    return max_minutes > 0 and now.train_s + now.look_s >= max_minutes * 60
