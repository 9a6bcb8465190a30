"""The memory that training needs, at least, and the memory that there is.

    weights      2 bytes each (bf16)
    trained      16 bytes for each weight that learns: fp32 value, gradient, two moments of Adam
    activations  for each token of a forward pass, 34 x width x layers bytes (Korthikanti et al.
                 2022, arXiv 2205.05198, without what attention keeps, since none is kept), and
                 the fp32 input of each layer that has an adapter

An adapter of rank r trains r x (inputs + outputs) weights beside each linear layer. SmolLM2-135M
was measured to need a third more for its activations than this says.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from tunesmith.models.shapes import Shape

_WEIGHT_BYTES = 2
_TRAINED_BYTES = 16
_ACTIVATION_BYTES = 34
_INPUT_BYTES = 4
_NOT_ADAPTED = ("embed", "lm_head", "wte", "wpe")
_CGROUP = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, kw_only=True)
class Need:
    """Bytes of one training process."""

    weights: int
    trained: int
    per_token: int
    """Of a forward pass."""

    def of(self, n_tokens: int) -> int:
        """All of it, with so many tokens in a forward pass."""
        return self.weights + self.trained + n_tokens * self.per_token


def need(shapes: Mapping[str, Shape], *, width: int, rank: int | None) -> Need:
    """What a model with these weights needs; `rank` None: every weight learns.

    >>> need({"layers.0.up.weight": (8, 4)}, width=4, rank=2)
    Need(weights=64, trained=384, per_token=152)
    """
    n_weights = n_trained = sum(map(prod, shapes.values()))
    per_token = _ACTIVATION_BYTES * width * _n_layers(shapes)
    if rank is not None:
        linear = [shape for name, shape in shapes.items() if _is_adapted(name, shape)]
        n_trained = rank * sum(map(sum, linear))
        per_token += _INPUT_BYTES * sum(n_inputs for _, n_inputs in linear)
    return Need(
        weights=_WEIGHT_BYTES * n_weights,
        trained=_TRAINED_BYTES * n_trained,
        per_token=per_token,
    )


def _is_adapted(name: str, shape: Shape) -> bool:
    return len(shape) == 2 and not any(word in name for word in _NOT_ADAPTED)


def _n_layers(shapes: Mapping[str, Shape]) -> int:
    """Weights of a layer have its number in their name, and theirs is the first one there."""
    numbers = (next(filter(str.isdigit, name.split(".")), None) for name in shapes)
    return len({number for number in numbers if number})


def memory_bytes() -> int | None:
    """The memory that training would have; None where a GPU, or the system, does not say."""
    if Path("/dev/nvidia0").exists() or not hasattr(os, "sysconf"):
        return None
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    try:
        return min(machine, int(_CGROUP.read_text("ascii")))
    except (ValueError, OSError):
        return machine
