"""Steps whose effect is undone: what training takes, and where a learning rate leads."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from tunesmith.engine.models import LoadedModel, base_of
from tunesmith.engine.optimizer import trainable
from tunesmith.engine.progress import UNJUDGED
from tunesmith.engine.sampler import Sampler
from tunesmith.engine.train import Hooks, LoopOptions, train
from tunesmith.wire.events import PathTaken, Step, Warned


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What some steps of the real loop showed."""

    path: PathTaken
    n_steps: int
    step_s: float
    """Median, so that the first step, which warms everything up, does not count for more."""
    warnings: tuple[Warned, ...]


class _Enough(Exception):
    """The last step that was asked for is done."""


@contextmanager
def undone(model: PreTrainedModel | PeftModel) -> Iterator[None]:
    """Behind it, weights and random generators are bit for bit what they were before.

    Activation checkpointing too is as it was.

    Inside, a copy of all that learns is held beside it.
    """
    kept = [(weight, weight.detach().clone()) for weight in trainable(model)]
    is_training, base = model.training, base_of(model)
    was_checkpointing = base.is_activation_checkpointing
    with torch.random.fork_rng():
        try:
            yield
        finally:
            with torch.no_grad():
                for weight, before in kept:
                    weight.copy_(before)
            model.zero_grad()
            if base.is_activation_checkpointing and not was_checkpointing:
                base.activation_checkpointing_disable()
            model.train(is_training)


def rehearse(
    loaded: LoadedModel,
    sampler: Sampler,
    options: LoopOptions,
    *,
    n_steps: int,
    check_cancel: Callable[[], None],
) -> Rehearsal:
    """Do the first steps of a run, to be called inside `undone`; nothing is judged or kept.

    Raises Diverged, MemoryFull, and what `check_cancel` raises.
    """
    paths: list[PathTaken] = []
    warnings: list[Warned] = []
    times: list[float] = []

    def report(event: PathTaken | Step | Warned) -> None:
        match event:
            case PathTaken():
                paths.append(event)
                times[:] = times or [time.monotonic()]
            case Warned():
                warnings.append(event)
            case Step():
                times.append(time.monotonic())
                if event.step == n_steps:
                    raise _Enough

    hooks = Hooks(
        report=report,
        judge=lambda _step: UNJUDGED,
        keep=lambda _step, _judgement: None,
        save=lambda _progress, _optimizer: None,
        restore=lambda _optimizer: None,
        check_cancel=check_cancel,
    )
    few = replace(options, eval_steps=n_steps + 1, max_minutes=0.0)
    with suppress(_Enough):
        train(loaded, sampler, few, hooks=hooks)
    return Rehearsal(
        path=paths[-1],
        n_steps=len(times) - 1,
        step_s=median(later - earlier for earlier, later in pairwise(times)),
        warnings=tuple(warnings),
    )
