"""The training loop, from the first step to the last.

Loss is the cross-entropy of target tokens, in fp32; only their hidden states meet the head. Which
rows a step learns from depends on the seed and the epoch alone.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import cast

import torch
from accelerate import Accelerator

from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.path_choice import PathChoice, choose_path
from tunesmith.engine.paths import make_batch
from tunesmith.engine.progress import Judgement, Progress
from tunesmith.engine.sampler import Drawn, Sampler
from tunesmith.wire.events import PathTaken, Step
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
        )


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What the loop asks of the job around it."""

    report: Callable[[PathTaken | Step], object]
    judge: Callable[[int], Judgement]
    """Score the validation rows after a step."""
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
    start: Judgement,
    hooks: Hooks,
) -> int:
    """Train `loaded` on the rows of `sampler`; the best step, 0 where none beat `start`.

    Raises Diverged, and whatever the hooks raise.
    """
    # An Accelerator, so that the same loop can run on more than one device.
    accelerator = Accelerator(cpu=loaded.device.type == "cpu")
    weights = [weight for weight in loaded.model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=options.lr, weight_decay=options.weight_decay)
    loaded.model.train()
    first = [drawn.row for drawn in next(sampler.batches(0))]
    choice = choose_path(loaded.model, first)
    hooks.report(PathTaken(path=choice.path.name, factor=choice.factor, reason=choice.reason))
    loss_of, optimizer = accelerator.prepare(TargetLoss(loaded.model, choice.path), optimizer)
    clock = _Clock(options, n_steps=options.epochs * sampler.n_steps)
    done = hooks.restore(optimizer) or Progress(
        step=0, best=start, best_step=0, n_looks_since=0, train_s=0.0
    )
    best, best_step, n_looks_since = done.best, done.best_step, done.n_looks_since
    for step, batch in islice(enumerate(_batches(sampler, options), start=1), done.step, None):
        loaded.model.train()
        lr = _rate(options, step, clock.n_steps)
        for group in optimizer.param_groups:
            group["lr"] = lr

        loss = 0.0
        weights_of = _weights(batch, options.loss)
        for group in _micro_batches(batch, choice, _token_budget(loaded)):
            hooks.check_cancel()
            rows = make_batch([drawn.row for drawn in group])
            share = loss_of(rows, [weight for drawn in group for weight in weights_of(drawn)])
            accelerator.backward(share)
            loss += share.item()
        norm = accelerator.clip_grad_norm_(weights, options.clip)
        grad_norm = float(cast("torch.Tensor", norm))
        if not math.isfinite(loss) or not math.isfinite(grad_norm):
            raise Diverged(_advice(step, loss, grad_norm, lr))
        optimizer.step()
        optimizer.zero_grad()

        clock.tick(sum(len(drawn.row.ids) for drawn in batch))
        hooks.report(
            Step(
                step=step,
                n_steps=clock.n_steps,
                epoch=step * options.epochs / clock.n_steps,
                loss=loss,
                lr=lr,
                grad_norm=grad_norm,
                tokens_per_s=clock.tokens_per_s,
                left_s=clock.left_s(step),
            )
        )

        if step % options.eval_steps == 0 or step == clock.n_steps:
            loaded.model.eval()
            with clock.looking():
                judgement = hooks.judge(step)
            n_looks_since += 1
            if judgement > best:
                best, best_step, n_looks_since = judgement, step, 0
                hooks.keep(step, judgement)
            now = Progress(
                step=step,
                best=best,
                best_step=best_step,
                n_looks_since=n_looks_since,
                train_s=clock.train_s,
            )
            hooks.save(now, optimizer)
            if n_looks_since >= options.patience:
                break
    loaded.model.eval()
    return best_step


def _batches(sampler: Sampler, options: LoopOptions) -> Iterator[list[Drawn]]:
    for epoch in range(options.epochs):
        yield from sampler.batches(epoch)


def _token_budget(loaded: LoadedModel) -> int:
    """Tokens of one micro-batch: enough to keep the device busy, few enough for its memory."""
    return 1024 if loaded.device.type == "cpu" else 16384


def _weights(batch: Sequence[Drawn], loss: str) -> Callable[[Drawn], list[float]]:
    """What each target token of a row counts, so that those of a batch add up to one."""
    if loss == "row":
        whole = sum(drawn.weight for drawn in batch)
        return lambda drawn: [drawn.weight / (whole * drawn.row.n_targets)] * drawn.row.n_targets
    whole = sum(drawn.weight * drawn.row.n_targets for drawn in batch)
    return lambda drawn: [drawn.weight / whole] * drawn.row.n_targets


def _micro_batches(
    batch: Sequence[Drawn], choice: PathChoice, budget: int
) -> Iterator[list[Drawn]]:
    """The rows of a batch in groups that fit the budget, each of rows of about one length."""
    group: list[Drawn] = []
    for drawn in sorted(batch, key=lambda drawn: len(drawn.row.ids)):
        rows = [one.row for one in (*group, drawn)]
        if group and choice.path.n_tokens(make_batch(rows)) > budget:
            yield group
            group = []
        group.append(drawn)
    yield group


def _rate(options: LoopOptions, step: int, n_steps: int) -> float:
    """Learning rate of a step, from 1: a straight rise, then half a cosine down to zero."""
    n_rising = max(1, round(options.warmup * n_steps))
    if step <= n_rising:
        return options.lr * step / n_rising
    done = (step - n_rising) / (n_steps - n_rising + 1)
    return options.lr * (1 + math.cos(math.pi * done)) / 2


def _advice(step: int, loss: float, grad_norm: float, lr: float) -> str:
    return (
        f"training diverged at step {step}: loss {loss:g}, gradient {grad_norm:g}, learning rate "
        f"{lr:.2g}. Set a lower one, such as lr: {lr / 3:.1g}, in tunesmith.train"
    )


class _Clock:
    """How fast training goes, looks at the validation rows apart."""

    def __init__(self, options: LoopOptions, *, n_steps: int) -> None:
        self.n_steps = n_steps
        self._eval_steps = options.eval_steps
        self._started = time.monotonic()
        self._look_s: list[float] = []
        self._n_tokens = 0
        self.train_s = 0.0

    def tick(self, n_tokens: int) -> None:
        """A step is done."""
        self._n_tokens += n_tokens
        self.train_s = time.monotonic() - self._started - sum(self._look_s)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Time spent in here is no training."""
        started = time.monotonic()
        yield
        self._look_s.append(time.monotonic() - started)

    @property
    def tokens_per_s(self) -> float:
        """Of the prompts and targets trained on, padding apart."""
        return self._n_tokens / max(self.train_s, 1e-9)

    def left_s(self, step: int) -> float:
        """Seconds until the last look, at the pace so far."""
        steps_s = self.train_s / step * (self.n_steps - step)
        n_looks = math.ceil(self.n_steps / self._eval_steps) - len(self._look_s)
        look_s = sum(self._look_s) / max(len(self._look_s), 1)
        return steps_s + n_looks * look_s
