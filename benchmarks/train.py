"""Shared-prefix training against the plain path: gradients, and CPU seconds on one thread.

`python -m benchmarks.train [--quick] [--json]`
"""

import argparse
import json
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.path_choice import choose_path
from tunesmith.engine.paths import Batch, ForwardPath, forward_paths, make_batch
from tunesmith.models.registry import resolve
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.extension import BUILTIN_MODEL

PATHS = {path.name: path for path in forward_paths()}
PLAIN_ROWS = 2
"""Rows of a plain micro-batch of long prompts: the memory of more would not be there."""


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


SHAPES = {
    "speedup_p0": Shape(prefix=0, rows=8, own=64),
    "speedup_p16": Shape(prefix=16, rows=8, own=64),
    "speedup_p64_b8": Shape(prefix=64, rows=8, own=32),
    "speedup_p256_b8": Shape(prefix=256, rows=8, own=32),
    "speedup_p1024_b16": Shape(prefix=1024, rows=16, own=32),
}
QUICK = ("speedup_p16", "speedup_p64_b8")


def load() -> LoadedModel:
    """The builtin model with a fresh LoRA adapter, in fp32."""
    place = resolve(BUILTIN_MODEL, workspace=Path.cwd())
    if place.spec is None:
        raise SystemExit(place.problem)
    loaded = load_model(place.spec, "cpu", dtype=torch.float32)
    options = resolve_options(methods()["lora"].options, {})
    model = tuning_methods()["lora"].attach(loaded.base, options).train()
    return LoadedModel(model=model, device=loaded.device)


def cpu_s(loaded: LoadedModel, path: ForwardPath, batches: list[Batch]) -> float:
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
    chosen = choose_path(loaded.model, rows).path
    step = PLAIN_ROWS if shape.prefix > 512 else len(rows)
    plain = [
        Batch(rows=tuple(rows[at : at + step]), n_shared=0) for at in range(0, len(rows), step)
    ]
    shared = [make_batch(rows)]
    ratios = [
        cpu_s(loaded, PATHS["plain"], plain) / cpu_s(loaded, chosen, shared) for _ in range(n_times)
    ]
    return statistics.median(ratios)


def gradient_distance(loaded: LoadedModel) -> float:
    """The largest relative L2 distance of a path's gradient from the plain one."""
    batch = make_batch(Shape(prefix=64, rows=4, own=32).make(seed=1))
    with torch.no_grad():
        # A fresh adapter has zeros, and with them half of its gradient.
        for weight in _trained(loaded):
            weight.add_(torch.randn_like(weight) * 0.01)
    right = _gradient(loaded, PATHS["plain"], batch)
    found = [_gradient(loaded, PATHS[name], batch) for name in ("packed", "two-pass")]
    return max(float((one - right).norm() / right.norm()) for one in found)


def _gradient(loaded: LoadedModel, path: ForwardPath, batch: Batch) -> torch.Tensor:
    TargetLoss(loaded.model, path)(batch, [1.0] * len(batch.targets)).backward()
    parts = [weight.grad.flatten() for weight in _trained(loaded) if weight.grad is not None]
    gradient = torch.cat(parts)
    loaded.model.zero_grad()
    return gradient


def _trained(loaded: LoadedModel) -> list[torch.nn.Parameter]:
    return [weight for weight in loaded.model.parameters() if weight.requires_grad]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    loaded = load()
    numbers = {
        name: speedup(loaded, shape, 1 if shape.prefix > 512 else 3)
        for name, shape in SHAPES.items()
        if not asked.quick or name in QUICK
    }
    numbers["grad_rel_l2"] = gradient_distance(loaded)
    for name, value in numbers.items():
        print(f"{name:20} {value:10.3g}")
    if asked.json:
        print(json.dumps({name: float(f"{value:.4g}") for name, value in numbers.items()}))


if __name__ == "__main__":
    main()
