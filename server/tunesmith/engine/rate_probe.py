"""Three learning rates tried before training, where nobody has set one.

The rate that a formula gives is known to a factor of three at best. A few steps with each of three
rates, from the same weights and over the same rows, tell which one this task and model ask for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.micro_batches import first_budget, micro_batches
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.paths import ForwardPath, forward_paths, make_batch
from tunesmith.engine.rehearsal import Rehearsal, rehearse, undone
from tunesmith.engine.sampler import Drawn, Sampler
from tunesmith.engine.train import Diverged, LoopOptions
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.events import RateProbe

FEWEST_STEPS = 60
"""Of a run that is worth it."""
N_STEPS = 10
"""With each rate."""
N_ROWS = 64
"""Validation rows that judge; more would cost more than the steps."""
_FACTORS = (1 / 3, 1.0, 3.0)


@dataclass(frozen=True, kw_only=True)
class Probed:
    """The answer, and what the steps showed on the way."""

    event: RateProbe
    rehearsal: Rehearsal


def probe_rate(
    loaded: LoadedModel,
    sampler: Sampler,
    options: LoopOptions,
    *,
    validation: Sequence[Encoded],
    check_cancel: Callable[[], None],
) -> Probed:
    """Try a third of `options.lr`, itself and three times as much; leaves no trace.

    Raises Diverged where all three do, MemoryFull, and what `check_cancel` raises.
    """
    rates = [float(f"{options.lr * factor:.2g}") for factor in _FACTORS]
    losses: dict[float, float] = {}
    rehearsal: Rehearsal | None = None
    problem: Diverged | None = None
    for rate in rates:
        # All steps at the full rate: the rise and fall of a whole run would not fit in.
        tried = replace(options, lr=rate, warmup=0.0, schedule="constant")
        with undone(loaded.model):
            try:
                rehearsal = rehearse(
                    loaded, sampler, tried, n_steps=N_STEPS, check_cancel=check_cancel
                )
            except Diverged as error:
                problem = error
                continue
            path = next(one for one in forward_paths() if one.name == rehearsal.path.path)
            losses[rate] = _loss(loaded, path, validation[:N_ROWS], check_cancel)
    if rehearsal is None:
        raise problem or Diverged("no rate was tried")
    chosen = min(losses, key=lambda rate: (losses[rate], rate))
    lost = "".join(f"; {rate:g} diverged" for rate in rates if rate not in losses)
    event = RateProbe(
        rates=tuple(losses),
        losses=tuple(losses.values()),
        chosen=chosen,
        reason=f"the lowest loss on validation after {N_STEPS} steps with each{lost}",
    )
    return Probed(event=event, rehearsal=rehearsal)


@torch.no_grad()
def _loss(
    loaded: LoadedModel,
    path: ForwardPath,
    rows: Sequence[Encoded],
    check_cancel: Callable[[], None],
) -> float:
    """Mean over the target tokens, nats."""
    loaded.model.eval()
    loss_of = TargetLoss(loaded.model, path)
    n_targets = sum(row.n_targets for row in rows)
    loss = 0.0
    pieces = micro_batches([Drawn(row=row) for row in rows], path, first_budget(loaded.device))
    for piece in pieces:
        check_cancel()
        batch = make_batch([drawn.row for drawn in piece])
        loss += float(loss_of(batch, [1 / n_targets] * len(batch.targets)))
    return loss
