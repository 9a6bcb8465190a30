"""The training loop, from the first step to the last.

Loss is the cross-entropy of target tokens, in fp32; only their hidden states meet the head. Which
rows a step learns from depends on the seed and the epoch alone.
"""

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from accelerate import Accelerator

from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.path_choice import PathChoice, choose_path
from tunesmith.engine.paths import Batch, make_batch
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.events import PathTaken, Step
from tunesmith.wire.spec import Scalar


class Diverged(Exception):
    """The loss or its gradient is no longer a number."""


@dataclass(frozen=True, kw_only=True)
class LoopOptions:
    """Those of `catalog/training.py` that the loop itself needs."""

    epochs: int
    batch_size: int
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
            batch_size=int(options["batch_size"]),
            lr=float(options["lr"]),
            warmup=float(options["warmup"]),
            clip=float(options["clip"]),
            weight_decay=float(options["weight_decay"]),
            eval_steps=int(options["eval_steps"]),
            patience=int(options["patience"]),
            loss=str(options["loss"]),
        )

    def n_steps(self, n_rows: int) -> int:
        """Optimizer steps over all epochs; each epoch's last batch may be smaller."""
        return self.epochs * math.ceil(n_rows / self.batch_size)


@dataclass(frozen=True, kw_only=True, order=True)
class Judgement:
    """How good the model is on the validation rows; the larger is the better model."""

    score: float
    """Of the metric that decides."""
    log_likelihood: float
    """Mean log-probability of the right label: decides between equal scores."""


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What the loop asks of the job around it."""

    report: Callable[[PathTaken | Step], object]
    judge: Callable[[int], Judgement]
    """Score the validation rows after a step."""
    keep: Callable[[int, Judgement], None]
    """Save the weights: this is the best step so far."""
    check_cancel: Callable[[], None]
    """Raises where the job should stop; asked before every micro-batch."""


def train(
    loaded: LoadedModel,
    rows: Sequence[Encoded],
    options: LoopOptions,
    *,
    start: Judgement,
    seed: int,
    hooks: Hooks,
) -> int:
    """Train the adapter on `loaded` and return the best step; 0 where none beat `start`.

    Raises Diverged, and whatever the hooks raise.
    """
    # An Accelerator, so that the same loop can run on more than one device.
    accelerator = Accelerator(cpu=loaded.device.type == "cpu")
    weights = [weight for weight in loaded.model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=options.lr, weight_decay=options.weight_decay)
    loaded.model.train()
    first = next(_batches(rows, options, seed))
    choice = choose_path(loaded.model, first)
    hooks.report(PathTaken(path=choice.path.name, factor=choice.factor, reason=choice.reason))
    loss_of, optimizer = accelerator.prepare(TargetLoss(loaded.model, choice.path), optimizer)
    clock = _Clock(options, n_steps=options.n_steps(len(rows)))
    best, best_step = start, 0
    n_looks_since = 0
    for step, batch in enumerate(_batches(rows, options, seed), start=1):
        loaded.model.train()
        lr = _rate(options, step, clock.n_steps)
        for group in optimizer.param_groups:
            group["lr"] = lr

        loss = 0.0
        weight_of = _weights(batch, options.loss)
        for micro_batch in _micro_batches(batch, choice, _token_budget(loaded)):
            hooks.check_cancel()
            share = loss_of(micro_batch, [w for row in micro_batch.rows for w in weight_of(row)])
            accelerator.backward(share)
            loss += share.item()
        norm = accelerator.clip_grad_norm_(weights, options.clip)
        grad_norm = float(cast("torch.Tensor", norm))
        if not math.isfinite(loss) or not math.isfinite(grad_norm):
            raise Diverged(_advice(step, loss, grad_norm, lr))
        optimizer.step()
        optimizer.zero_grad()

        clock.tick(sum(len(row.ids) for row in batch))
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
            if n_looks_since >= options.patience:
                break
    loaded.model.eval()
    return best_step


def _batches(rows: Sequence[Encoded], options: LoopOptions, seed: int) -> Iterator[list[Encoded]]:
    for epoch in range(options.epochs):
        order = list(range(len(rows)))
        random.Random(f"order of epoch {epoch} with seed {seed}").shuffle(order)
        for start in range(0, len(order), options.batch_size):
            yield [rows[index] for index in order[start : start + options.batch_size]]


def _token_budget(loaded: LoadedModel) -> int:
    """Tokens of one micro-batch: enough to keep the device busy, few enough for its memory."""
    return 1024 if loaded.device.type == "cpu" else 16384


def _weights(batch: Sequence[Encoded], loss: str) -> Callable[[Encoded], list[float]]:
    """What each target token of a row counts, so that those of a batch add up to one."""
    if loss == "row":
        return lambda row: [1 / (len(batch) * row.n_targets)] * row.n_targets
    n_targets = sum(row.n_targets for row in batch)
    return lambda row: [1 / n_targets] * row.n_targets


def _micro_batches(rows: Sequence[Encoded], choice: PathChoice, budget: int) -> Iterator[Batch]:
    """The rows of a batch in groups that fit the budget, each of rows of about one length."""
    group: list[Encoded] = []
    for row in sorted(rows, key=lambda row: len(row.ids)):
        if group and choice.path.n_tokens(make_batch([*group, row])) > budget:
            yield make_batch(group)
            group = []
        group.append(row)
    yield make_batch(group)


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
        self._train_s = 0.0

    def tick(self, n_tokens: int) -> None:
        """A step is done."""
        self._n_tokens += n_tokens
        self._train_s = time.monotonic() - self._started - sum(self._look_s)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Time spent in here is no training."""
        started = time.monotonic()
        yield
        self._look_s.append(time.monotonic() - started)

    @property
    def tokens_per_s(self) -> float:
        """Of the prompts and targets trained on, padding apart."""
        return self._n_tokens / max(self._train_s, 1e-9)

    def left_s(self, step: int) -> float:
        """Seconds until the last look, at the pace so far."""
        steps_s = self._train_s / step * (self.n_steps - step)
        n_looks = math.ceil(self.n_steps / self._eval_steps) - len(self._look_s)
        look_s = sum(self._look_s) / max(len(self._look_s), 1)
        return steps_s + n_looks * look_s
