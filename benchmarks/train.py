"""Shared-prefix training against the plain path: gradients, speed, and where the time goes.

`python -m benchmarks.train [--quick] [--json]`

Seconds are CPU seconds of one thread, ratios those of steps that alternate, and both paths are
cut into micro-batches as a run cuts them. Both compute logits at the targets alone: against a
loop that does not, the ratios would be larger.
"""

import argparse
import json

import torch

from benchmarks import _train_profile
from benchmarks._train_steps import PATHS, Shape, load, speedup
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.paths import Batch, ForwardPath, make_batch

SHAPES = {
    "speedup_p0": Shape(prefix=0, rows=8, own=64),
    "speedup_p16": Shape(prefix=16, rows=8, own=64),
    "speedup_p64_b8": Shape(prefix=64, rows=8, own=32),
    "speedup_p256_b8": Shape(prefix=256, rows=8, own=32),
    "speedup_p1024_b16": Shape(prefix=1024, rows=16, own=32),
}
QUICK = ("speedup_p16", "speedup_p64_b8")


def measure(*, is_quick: bool) -> dict[str, float]:
    """All figures. Raises SystemExit where a path other than the one to measure was taken."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    loaded = load()
    names = [name for name in SHAPES if not is_quick or name in QUICK]
    n_times = 1 if is_quick else 3
    numbers = {name: speedup(loaded, SHAPES[name], n_times) for name in names}
    peaks = _train_profile.peaks()
    in_use = "bf16" if loaded.base.dtype == torch.bfloat16 else "fp32"
    numbers |= {**peaks, **_train_profile.measure(loaded, peaks[f"peak_{in_use}_gflops"], n_times)}
    del loaded
    return {**numbers, "grad_rel_l2": gradient_distance(load(torch.float32))}


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
    numbers = measure(is_quick=asked.quick)
    for name, value in numbers.items():
        print(f"{name:20} {value:10.3g}")
    if asked.json:
        print(json.dumps({name: float(f"{value:.4g}") for name, value in numbers.items()}))


if __name__ == "__main__":
    main()
