"""What only a GPU can show: shared-prefix training with FlexAttention, bf16, 4-bit weights.

`python -m benchmarks.gpu [--model NAME] [--json]`; needs nothing beyond the extras engine and gpu.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks._train_steps import Shape
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.engine.attention import has_flex
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.paths import Batch, ForwardPath, forward_paths, make_batch
from tunesmith.models.registry import resolve
from tunesmith.prompt.extension import BUILTIN_MODEL

PATHS = {path.name: path for path in forward_paths()}
SHAPES = {
    "p256_b8": Shape(prefix=256, rows=8, own=32),
    "p1024_b16": Shape(prefix=1024, rows=16, own=64),
}
N_TIMES = 5
FORMATS = {"fp32": torch.float32, "bf16": torch.bfloat16}


def load(name: str, method: str, dtype: torch.dtype) -> LoadedModel:
    """The model with a fresh adapter, on the GPU."""
    place = resolve(name, workspace=Path.cwd())
    if place.spec is None:
        raise SystemExit(place.problem)
    declared = methods()[method]
    loaded = load_model(replace(place.spec, quantised=declared.quantised), "cuda", dtype=dtype)
    options = resolve_options(declared.options, {})
    model = tuning_methods()[method].attach(loaded.base, options).train()
    return replace(loaded, model=model)


def step(loaded: LoadedModel, path: ForwardPath, batch: Batch) -> torch.Tensor:
    """The gradient of one forward and backward pass, as one vector."""
    n_targets = len(batch.targets)
    TargetLoss(loaded.model, path)(batch, [1 / n_targets] * n_targets).backward()
    weights = [one.grad.flatten() for one in loaded.model.parameters() if one.grad is not None]
    gradient = torch.cat(weights).float()
    loaded.model.zero_grad()
    return gradient


def seconds(loaded: LoadedModel, path: ForwardPath, batch: Batch) -> float:
    """Wall time of a step; the GPU has nothing else to do before and behind it."""
    torch.cuda.synchronize()
    started = time.perf_counter()
    step(loaded, path, batch)
    torch.cuda.synchronize()
    return time.perf_counter() - started


def speed(loaded: LoadedModel, shape: Shape) -> dict[str, float]:
    """How packed does against plain, in turns."""
    batch = make_batch(shape.make())
    # What is compiled at the first step is no part of the others.
    peaks = {name: peak_gb(loaded, PATHS[name], batch) for name in ("plain", "packed")}
    times = [
        (seconds(loaded, PATHS["plain"], batch), seconds(loaded, PATHS["packed"], batch))
        for _ in range(N_TIMES)
    ]
    n_tokens = sum(len(row.ids) for row in batch.rows)
    return {
        "speedup": statistics.median(plain / packed for plain, packed in times),
        "tokens_s": n_tokens / statistics.median(packed for _, packed in times),
        "plain_gb": peaks["plain"],
        "packed_gb": peaks["packed"],
    }


def peak_gb(loaded: LoadedModel, path: ForwardPath, batch: Batch) -> float:
    """Memory that a step takes at most, the model's own with it."""
    torch.cuda.reset_peak_memory_stats()
    step(loaded, path, batch)
    return torch.cuda.max_memory_allocated() / 1e9


def gradient_distance(loaded: LoadedModel) -> float:
    """Relative L2 distance of the packed path's gradient from the plain one."""
    batch = make_batch(Shape(prefix=256, rows=4, own=32).make(seed=1))
    torch.manual_seed(0)
    with torch.no_grad():
        # A fresh adapter has zeros, and with them half of its gradient.
        for weight in loaded.model.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight) * 0.01)
    right = step(loaded, PATHS["plain"], batch)
    return float((step(loaded, PATHS["packed"], batch) - right).norm() / right.norm())


def measure(name: str) -> dict[str, float]:
    """Every figure, by name."""
    numbers: dict[str, float] = {}
    for word, dtype in FORMATS.items():
        loaded = load(name, "lora", dtype)
        if not has_flex(loaded.base):
            raise SystemExit(
                f"{name} cannot be trained with FlexAttention here: is triton missing?"
            )
        numbers[f"{word}_grad_rel_l2"] = gradient_distance(loaded)
        for shape, made in SHAPES.items():
            found = speed(loaded, made)
            numbers |= {f"{word}_{key}_{shape}": value for key, value in found.items()}
        del loaded
        torch.cuda.empty_cache()
    small = load(name, "qlora", torch.bfloat16)
    numbers["qlora_weights_gb"] = torch.cuda.memory_allocated() / 1e9
    numbers["qlora_grad_rel_l2"] = gradient_distance(small)
    found = speed(small, SHAPES["p256_b8"])
    numbers |= {f"qlora_{key}_p256_b8": value for key, value in found.items()}
    return numbers


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print; ends at once where there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=BUILTIN_MODEL, help="any name that a prompt may use")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    asked = parser.parse_args(argv)
    if not torch.cuda.is_available():
        raise SystemExit(
            "benchmarks.gpu needs a CUDA GPU, and torch finds none: "
            f"this is torch {torch.__version__}"
        )
    numbers = measure(asked.model)
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {asked.model}")
    for name, value in numbers.items():
        print(f"{name:28} {value:10.4g}")
    if asked.json:
        print(json.dumps({name: float(f"{value:.4g}") for name, value in numbers.items()}))


if __name__ == "__main__":
    main()
