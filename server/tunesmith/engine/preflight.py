"""What is found out between loading the model and the first step: memory, disk, time, the rate.

weights      as they lie in memory
trained      a gradient and the two moments of Adam for each weight that learns
activations  those of the largest piece of a batch, by the formula of `models/memory.py`
logits       of the target tokens, with their gradient, in fp32
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from pathlib import Path

import torch

from tunesmith.catalog.defaults import FEW_STEPS, RAISED
from tunesmith.engine.bench import Bench
from tunesmith.engine.device import is_mixed
from tunesmith.engine.evaluate import predict
from tunesmith.engine.job_data import JobError
from tunesmith.engine.loss import N_AT_ONCE
from tunesmith.engine.micro_batches import first_budget, micro_batches
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.optimizer import trainable
from tunesmith.engine.paths import forward_paths, make_batch
from tunesmith.engine.rate_probe import FEWEST_STEPS, probe_rate
from tunesmith.engine.rehearsal import Rehearsal, rehearse, undone
from tunesmith.engine.room import free_disk, free_memory, held_memory, peak_memory, reset_peak
from tunesmith.engine.sampler import Sampler
from tunesmith.engine.train import LoopOptions
from tunesmith.models.memory import need
from tunesmith.models.shapes import weight_shapes
from tunesmith.wire.events import PathTaken, Preflight, RateProbe, Warned
from tunesmith.wire.forecast import size

N_REHEARSED = 5
"""Steps whose time and memory are measured."""
FEWEST_TO_REHEARSE = 50
"""A shorter run shows with its own first steps what it takes."""
N_TIMED = 16
"""Validation rows that show how long all of them take."""
N_BATCHES = 1000
"""Of a large training split so many tell how much its rows share."""
PREDICTION_BYTES = 400
"""A line of `predictions.jsonl`, and its part of the report."""
COPIES = 10
"""What learns is on disk at most so often: best step and last state, each with the one that takes
its place; the state has two moments beside the weights; and the adapter, old and new."""


def prepare_training(
    bench: Bench, loaded: LoadedModel, sampler: Sampler, options: LoopOptions
) -> LoopOptions:
    """Say what training will take; the options with the rate to take, and to save memory or not.

    A job that goes on with a run keeps to what was found before. Leaves no trace in the model.
    Raises JobError where the disk is too small, Diverged, MemoryFull, JobCancelled, Interrupted.
    """
    state = bench.reporter.state
    if state.preflight is not None:
        return _as_found(options, state.preflight, state.rate_probe)
    held = held_memory(loaded.device) or _bytes(loaded.model.parameters())
    disk, disk_free = _disk(bench, loaded, sampler, options)
    n_steps = options.epochs * sampler.n_steps
    for message in _advice(bench, loaded, n_steps):
        bench.reporter.emit(Warned(message=message))
    reset_peak(loaded.device)
    rehearsal, probe = _rehearse(bench, loaded, sampler, options, n_steps)
    peak = peak_memory(loaded.device) if rehearsal else 0
    work = _work(loaded, sampler, rehearsal.path if rehearsal else None)
    memory, free = held + _memory(bench, loaded, work), free_memory(loaded.device)
    found = Preflight(
        n_probed=rehearsal.n_steps if rehearsal else 0,
        step_s=rehearsal.step_s if rehearsal else 0.0,
        epoch_s=rehearsal.step_s * sampler.n_steps if rehearsal else 0.0,
        look_s=_look_s(bench, loaded) if rehearsal else 0.0,
        factor=work.factor,
        memory_bytes=memory,
        # What would undo the steps is not part of a run.
        probed_bytes=max(0, peak - _trained_bytes(loaded)),
        free_bytes=free,
        disk_bytes=disk,
        disk_free_bytes=disk_free,
    )
    bench.reporter.emit(found)
    if _is_tight(found):
        message = (
            f"Training needs about {size(memory)} of memory and {size(free)} is free: unless "
            "checkpointing is off, activations are computed twice to need less. If it fails, "
            "lower max_length or rank in tunesmith.train, or tune a smaller model."
        )
        bench.reporter.emit(Warned(message=message))
    return _as_found(options, found, probe)


def _is_tight(found: Preflight) -> bool:
    return 0 < found.free_bytes < found.memory_bytes


def _as_found(options: LoopOptions, found: Preflight, probe: RateProbe | None) -> LoopOptions:
    if _is_tight(found) and options.checkpointing == "auto":
        options = replace(options, checkpointing="on")
    return replace(options, lr=probe.chosen) if probe else options


def _rehearse(
    bench: Bench, loaded: LoadedModel, sampler: Sampler, options: LoopOptions, n_steps: int
) -> tuple[Rehearsal | None, RateProbe | None]:
    """Steps that are undone, where the run is long enough for them or is only planned."""
    check_cancel = bench.switch.check
    is_plan = bench.spec.kind == "plan"
    rehearsal, probe = None, bench.reporter.state.rate_probe
    # Somebody who has set a rate wants that one.
    is_open = "lr" in bench.spec.sources and bench.spec.train["lr_probe"] == "auto"
    if probe is None and is_open and n_steps >= FEWEST_STEPS:
        validation = bench.material.encoded["validation"]
        probed = probe_rate(
            loaded, sampler, options, validation=validation, check_cancel=check_cancel
        )
        rehearsal, probe = probed.rehearsal, probed.event
        bench.reporter.emit(probe)
    elif is_plan or n_steps >= FEWEST_TO_REHEARSE:
        with undone(loaded.model):
            rehearsal = rehearse(
                loaded, sampler, options, n_steps=N_REHEARSED, check_cancel=check_cancel
            )
    if rehearsal and is_plan:
        for event in (rehearsal.path, *rehearsal.warnings):
            bench.reporter.emit(event)
    return rehearsal, probe


def _look_s(bench: Bench, loaded: LoadedModel) -> float:
    """Seconds that one look at validation will take, by a few of its rows."""
    questions = bench.material.questions["validation"]
    few = questions[:N_TIMED]
    began = time.monotonic()
    predict(loaded, few, bench.spec.data.labels, bench.board.quiet())
    return (time.monotonic() - began) * len(questions) / len(few)


def _advice(bench: Bench, loaded: LoadedModel, n_steps: int) -> list[str]:
    """What speaks against the settings."""
    said: list[str] = []
    spec = bench.spec
    if n_steps < FEW_STEPS:
        raised = ""
        if spec.sources.get("lr", "").endswith(RAISED):
            raised = f"the rate is {spec.train['lr']:g}, 1.5 times the usual one; "
        steps = "1 step" if n_steps == 1 else f"{n_steps} steps"
        said.append(f"Training has only {steps}: {raised}{FEW_STEPS} or more are better.")
    n_targets = sum(row.n_targets for row in bench.material.encoded["train"])
    n_learned = sum(weight.numel() for weight in trainable(loaded.model))
    if "rank" in spec.train and n_targets > n_learned:
        said.append(
            f"The training rows have {n_targets:,} target tokens and the adapter {n_learned:,} "
            "weights to learn them with: raise rank in tunesmith.train."
        )
    return said


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What goes through the model."""

    factor: float
    n_tokens: int
    """Of the largest piece of a batch."""
    n_targets: int
    """Of the piece that has most."""


def _work(loaded: LoadedModel, sampler: Sampler, taken: PathTaken | None) -> _Work:
    """By the path that was taken, else by the first one that shares a prefix."""
    paths = {path.name: path for path in forward_paths()}
    path = paths[taken.path] if taken else next(iter(paths.values()))
    n_rows_tokens = n_computed = n_largest = n_targets = 0
    for batch in islice(sampler.batches(0), N_BATCHES):
        for piece in micro_batches(batch, path, first_budget(loaded.device)):
            rows = make_batch([drawn.row for drawn in piece])
            n_own = sum(len(row.ids) for row in rows.rows)
            shared = 0 if path.name == "plain" else rows.n_shared
            n_rows_tokens += n_own
            n_computed += n_own - shared * (len(rows.rows) - 1)
            n_largest = max(n_largest, shared + path.n_tokens(rows))
            n_targets = max(n_targets, len(rows.targets))
    return _Work(factor=n_rows_tokens / n_computed, n_tokens=n_largest, n_targets=n_targets)


def _memory(bench: Bench, loaded: LoadedModel, work: _Work) -> int:
    """Bytes at the peak of a step beside the weights, by formula."""
    options, config = bench.spec.train, loaded.base.config.get_text_config()
    rank = 0 if "tokens" in options else int(options["rank"]) if "rank" in options else None
    shapes = weight_shapes(Path(bench.spec.model.path))
    per_token = need(shapes, width=int(config.hidden_size), rank=rank).per_token
    # The logits and their gradient, in fp32.
    logits = 8 * min(work.n_targets, N_AT_ONCE) * int(config.vocab_size)
    trained = _trained_bytes(loaded)
    # Autocast keeps a copy of every weight, in half the bytes, until the backward pass is done.
    copies = trained // 2 if is_mixed(loaded.model) else 0
    return 3 * trained + copies + work.n_tokens * per_token + logits


def _disk(
    bench: Bench, loaded: LoadedModel, sampler: Sampler, options: LoopOptions
) -> tuple[int, int]:
    """Bytes that the run will write, and that are free for it. Raises JobError."""
    questions = bench.material.questions
    n_looks = ceil(options.epochs * sampler.n_steps / options.eval_steps)
    n_predictions = n_looks * len(questions["validation"]) + 5 * len(questions["test"])
    needed = COPIES * _trained_bytes(loaded) + PREDICTION_BYTES * n_predictions
    # A plan is made in a folder that is on another disk, perhaps.
    folder = Path(bench.spec.workspace) if bench.spec.kind == "plan" else bench.run_dir.path
    free = free_disk(folder)
    if free < needed:
        message = (
            f"the run would write up to {size(needed)}, and the disk of {folder} has {size(free)} "
            "left: make room there"
        )
        raise JobError(message)
    return needed, free


def _trained_bytes(loaded: LoadedModel) -> int:
    return _bytes(trainable(loaded.model))


def _bytes(weights: Iterable[torch.Tensor]) -> int:
    return sum(weight.nbytes for weight in weights)
