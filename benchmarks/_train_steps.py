"""Steps of training on batches of a given shape, timed on one thread."""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.micro_batches import first_budget, micro_batches
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.path_choice import choose_path
from tunesmith.engine.paths import Batch, ForwardPath, forward_paths, make_batch
from tunesmith.engine.sampler import Drawn
from tunesmith.models.registry import resolve
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.extension import BUILTIN_MODEL
from tunesmith.wire.spec import ModelSpec

PATHS = {path.name: path for path in forward_paths()}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A batch: tokens of the prefix, rows, and tokens of each row behind the prefix."""

    prefix: int
    rows: int
    own: int

    def make(self, *, seed: int = 0) -> list[Encoded]:
        """Rows of random tokens with two targets each."""
        chance = random.Random(seed)
        prefix = [chance.randrange(5, 40_000) for _ in range(self.prefix)]
        ids = [
            tuple(prefix + [chance.randrange(5, 40_000) for _ in range(self.own)])
            for _ in range(self.rows)
        ]
        n_prompt = self.prefix + self.own - 2
        mask = (False,) * n_prompt + (True, True)
        return [Encoded(ids=row, mask=mask, n_prompt=n_prompt) for row in ids]


def builtin_model() -> ModelSpec:
    """Where the builtin model lies. Raises SystemExit where it does not."""
    place = resolve(BUILTIN_MODEL, workspace=Path.cwd())
    if place.spec is None:
        raise SystemExit(place.problem)
    return place.spec


def load(dtype: torch.dtype | None = None) -> LoadedModel:
    """The builtin model with a fresh LoRA adapter, for training on the CPU.

    `dtype` None is what a run would take there.
    """
    loaded = load_model(builtin_model(), "cpu", dtype=dtype)
    options = resolve_options(methods()["lora"].options, {})
    model = tuning_methods()["lora"].attach(loaded.base, options).train()
    return LoadedModel(model=model, device=loaded.device)


def chosen_path(loaded: LoadedModel, shape: Shape) -> ForwardPath:
    """What the engine takes for such a batch.

    Raises SystemExit where that is a fallback: its figure would not be what it seems.
    """
    rows = shape.make()
    choice = choose_path(loaded.model, rows)
    wanted = "packed" if make_batch(rows).n_shared else "plain"
    if choice.path.name != wanted:
        raise SystemExit(f"{shape}: went the {choice.path.name} path: {choice.reason}")
    return choice.path


def in_pieces(loaded: LoadedModel, rows: Sequence[Encoded], path: ForwardPath) -> list[Batch]:
    """A batch as a run cuts it."""
    drawn = [Drawn(row=row) for row in rows]
    groups = micro_batches(drawn, path, first_budget(loaded.device))
    return [make_batch([one.row for one in group]) for group in groups]


def cpu_s(loaded: LoadedModel, path: ForwardPath, batches: Sequence[Batch]) -> float:
    """CPU seconds of one forward and backward pass over all batches."""
    loss_of = TargetLoss(loaded.model, path)
    started = time.process_time()
    for batch in batches:
        loss_of(batch, [1.0] * len(batch.targets)).backward()
    taken = time.process_time() - started
    loaded.model.zero_grad()
    return taken


def speedup(loaded: LoadedModel, shape: Shape, n_times: int) -> float:
    """Median, over alternating runs, of plain seconds over those of the path that is chosen."""
    rows = shape.make()
    shared, plain = chosen_path(loaded, shape), PATHS["plain"]
    shared_batches = in_pieces(loaded, rows, shared)
    plain_batches = in_pieces(loaded, rows, plain)
    # The first step of a shape also pays for its memory.
    cpu_s(loaded, shared, shared_batches)
    cpu_s(loaded, plain, plain_batches[:1])
    ratios = [
        cpu_s(loaded, plain, plain_batches) / cpu_s(loaded, shared, shared_batches)
        for _ in range(n_times)
    ]
    return statistics.median(ratios)
