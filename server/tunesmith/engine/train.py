"""The training loop, from the first step to the last.

Loss is the cross-entropy of target tokens, in fp32; only their hidden states meet the head. Which
rows a step learns from depends on the seed and the epoch alone.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from statistics import mean
from typing import cast

import torch
from accelerate import Accelerator

from tunesmith.engine.alarms import (
    N_LOOKS,
    N_LOSSES,
    no_number,
    over_fitting,
    over_time,
    spike,
)
from tunesmith.engine.distributed import SOLO, Team
from tunesmith.engine.learner import Learner
from tunesmith.engine.micro_batches import token_weights
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.optimizer import make_optimizer, take_step, trainable
from tunesmith.engine.pace import is_over_time, left_s, tokens_per_s
from tunesmith.engine.progress import UNJUDGED, Judgement, Look, Progress
from tunesmith.engine.sampler import Drawn, Sampler
from tunesmith.engine.schedule import rate
from tunesmith.wire.events import PathTaken, Step, Warned
from tunesmith.wire.spec import Scalar


class Diverged(Exception):
    """The loss or its gradient is no longer a number."""


@dataclass(frozen=True, kw_only=True)
class LoopOptions:
    """Those of `catalog/training.py` that the loop itself needs."""

    epochs: int
    lr: float
    warmup: float
    clip: float
    weight_decay: float
    eval_steps: int
    patience: int
    loss: str = "token"
    schedule: str = "cosine"
    max_minutes: float = 0.0
    checkpointing: str = "auto"

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> "LoopOptions":
        """The loop's share of a job's resolved options."""
        return cls(
            epochs=int(options["epochs"]),
            lr=float(options["lr"]),
            warmup=float(options["warmup"]),
            clip=float(options["clip"]),
            weight_decay=float(options["weight_decay"]),
            eval_steps=int(options["eval_steps"]),
            patience=int(options["patience"]),
            loss=str(options["loss"]),
            schedule=str(options["schedule"]),
            max_minutes=float(options["max_minutes"]),
            checkpointing=str(options["checkpointing"]),
        )


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What the loop asks of the job around it."""

    report: Callable[[PathTaken | Step | Warned], object]
    judge: Callable[[int], Judgement]
    """Score the validation rows after a step. Step 0 is the model as it came; UNJUDGED where its
    weights are no model that could be kept."""
    keep: Callable[[int, Judgement], None]
    """Save the weights: this is the best step so far."""
    save: Callable[[Progress, torch.optim.Optimizer], None]
    """Write what it takes to go on from here; called after every look."""
    restore: Callable[[torch.optim.Optimizer], Progress | None]
    """Put back what `save` wrote, weights and all; None where nothing was."""
    check_cancel: Callable[[], None]
    """Raises where the job should stop; asked before every micro-batch."""


def train(
    loaded: LoadedModel,
    sampler: Sampler,
    options: LoopOptions,
    *,
    hooks: Hooks,
    team: Team = SOLO,
) -> int:
    """Train `loaded` on the rows of `sampler`; the best step, 0 where none beat the base model.

    Every process of a `team` calls it with the same arguments, save that the hooks of all but the
    first have nothing to do. Raises Diverged, MemoryFull, TeamLost, and whatever the hooks raise.
    """
    accelerator = Accelerator(cpu=loaded.device.type == "cpu")
    loaded.model.train()
    learner = Learner(
        loaded,
        [drawn.row for drawn in next(sampler.batches(0))],
        accelerator,
        checkpointing=options.checkpointing,
        report=hooks.report,
        check_cancel=hooks.check_cancel,
    )
    weights = trainable(loaded.model)
    optimizer = accelerator.prepare(
        make_optimizer(weights, lr=options.lr, weight_decay=options.weight_decay)
    )
    n_steps = options.epochs * sampler.n_steps
    now = _start(optimizer, hooks, team)
    team.spread(weights)
    for step, batch in islice(enumerate(_batches(sampler, options), start=1), now.step, None):
        # Asked here, since a run that is resumed may have had enough already.
        if now.n_looks_since >= options.patience or is_over_time(now, options.max_minutes):
            break
        began = time.monotonic()
        loaded.model.train()
        lr = _set_rate(optimizer, options, step, n_steps)
        weigh = token_weights(batch, options.loss)
        loss = team.total(partial(learner.learn, step, team.share(batch), weigh))
        team.add_gradients(weights)
        # A length of 0 stands for no limit.
        norm = accelerator.clip_grad_norm_(weights, options.clip or math.inf)
        grad_norm = float(cast("torch.Tensor", norm))
        if problem := no_number(step, loss, grad_norm, lr):
            raise Diverged(problem)
        if step > 1:
            take_step(optimizer)
        now = replace(
            now,
            step=step,
            train_s=now.train_s + team.from_first(partial(_since, began)),
            n_tokens=now.n_tokens + sum(len(drawn.row.ids) for drawn in batch),
        )
        hooks.report(_step_event(now, options, n_steps, loss=loss, lr=lr, grad_norm=grad_norm))
        if step == 1:
            # Somebody waits for the first loss, so it is out before the base model is judged.
            now = _judge_start(now, hooks, team)
            take_step(optimizer)
        now = _heed(hooks, now, "spike", spike(step, loss, now.losses))
        now = replace(now, losses=(*now.losses, loss)[-N_LOSSES:])

        is_last = step == n_steps or is_over_time(now, options.max_minutes)
        if step % options.eval_steps == 0 or is_last:
            loaded.model.eval()
            now = _look(now, options, hooks, team)
            now = _heed(hooks, now, "over-fitting", over_fitting(now.looks, now.best_step))
            now = _heed(hooks, now, "time", over_time(now, options.max_minutes, n_steps))
            hooks.save(now, optimizer)
    loaded.model.eval()
    return now.best_step


def _start(optimizer: torch.optim.Optimizer, hooks: Hooks, team: Team) -> Progress:
    """Where an earlier job of the run left off, or before the first step."""
    left_off = hooks.restore(optimizer)
    fresh = Progress(step=0, best=UNJUDGED, best_step=0, n_looks_since=0, train_s=0.0)
    return team.from_first(lambda: left_off or fresh)


def _judge_start(now: Progress, hooks: Hooks, team: Team) -> Progress:
    """What every later look has to beat; no weight has changed yet."""
    began = time.monotonic()
    start = team.from_first(partial(hooks.judge, 0))
    if start > UNJUDGED:
        hooks.keep(0, start)
    look_s = now.look_s + team.from_first(partial(_since, began))
    return replace(now, best=start, look_s=look_s)


def _batches(sampler: Sampler, options: LoopOptions) -> Iterator[list[Drawn]]:
    for epoch in range(options.epochs):
        yield from sampler.batches(epoch)


def _set_rate(
    optimizer: torch.optim.Optimizer, options: LoopOptions, step: int, n_steps: int
) -> float:
    lr = rate(step, n_steps, peak=options.lr, warmup=options.warmup, schedule=options.schedule)
    for group in optimizer.param_groups:
        group["lr"] = lr
    return lr


def _since(began: float) -> float:
    return time.monotonic() - began


def _step_event(
    now: Progress, options: LoopOptions, n_steps: int, *, loss: float, lr: float, grad_norm: float
) -> Step:
    return Step(
        step=now.step,
        n_steps=n_steps,
        epoch=now.step * options.epochs / n_steps,
        loss=loss,
        lr=lr,
        grad_norm=grad_norm,
        tokens_per_s=tokens_per_s(now),
        left_s=left_s(
            now, n_steps=n_steps, eval_steps=options.eval_steps, max_minutes=options.max_minutes
        ),
    )


def _look(now: Progress, options: LoopOptions, hooks: Hooks, team: Team) -> Progress:
    """Judge the model as it is now, and keep it where it is the best so far."""
    began = time.monotonic()
    judgement = team.from_first(partial(hooks.judge, now.step))
    look = Look(
        step=now.step,
        loss=mean(now.losses[-options.eval_steps :]),
        log_likelihood=judgement.log_likelihood,
    )
    now = replace(
        now,
        n_looks_since=now.n_looks_since + 1,
        look_s=now.look_s + team.from_first(partial(_since, began)),
        looks=(*now.looks, look)[-N_LOOKS:],
    )
    if judgement > now.best:
        now = replace(now, best=judgement, best_step=now.step, n_looks_since=0)
        hooks.keep(now.step, judgement)
    return now


def _heed(hooks: Hooks, now: Progress, name: str, message: str | None) -> Progress:
    """Call something out, once in a run."""
    if message is None or name in now.warned:
        return now
    hooks.report(Warned(message=message))
    return replace(now, warned=(*now.warned, name))
