"""Defaults that depend on the method and on the model's family and size, each with its source.

A hidden width stands for a model's size. A source begins with a letter of `SOURCES`. The LoRA rate
holds for every rank because alpha is constant: the adapter counts alpha / rank times.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType

SOURCES = MappingProxyType(
    {
        "F": "formula that tinker-cookbook fits (hyperparam_utils.py, get_lr)",
        "M": "measured with this engine: SmolLM2-135M on 320 film reviews",
        "H": "alignment-handbook, recipes/smollm2/sft",
        "R": "LoRA Without Regret, by TRL's page about it",
        "T": "notes of tinker-cookbook (skills/research/references/hyperparams.md)",
        "U": "guide of Unsloth",
        "J": "judgement: nobody has published a figure",
    }
)
"""What the letters mean."""
FEW_STEPS = 100
"""Fewer than so many want a higher rate for LoRA."""
_FEW_STEPS_FACTOR = 1.5
RAISED = f"x {_FEW_STEPS_FACTOR:g} for fewer than {FEW_STEPS} steps (R)"
"""What the source of a rate ends with that was made higher for a short run."""
_FULL_RATE = 5e-5
_WIDTH = 2000
_LORA_FACTOR = 10
_EXPONENTS = {"llama": 0.781, "qwen2": 0.0775, "qwen3": 0.0775}
_NARROWEST_FITTED = 2048
"""Width of the smallest Llama that the formula was fitted on."""


@dataclass(frozen=True)
class Default:
    """A number, and who says so."""

    value: float
    source: str


RateOf = Callable[[int, str], Default]
"""By hidden width and family."""


def lora_rate(hidden_size: int, family: str) -> Default:
    """Peak rate by a power law over the width: the wider the model, the lower.

    Ten times the rate of full fine-tuning. A family that was never measured gets the smaller of
    the known answers.

    >>> lora_rate(576, "llama").value, lora_rate(4096, "llama").value
    (0.0013, 0.00029)
    """
    return _by_formula(_LORA_FACTOR, hidden_size, family)


def full_rate(hidden_size: int, family: str) -> Default:
    """A tenth of LoRA's rate, by the same power law.

    >>> full_rate(576, "llama").value
    0.00013
    """
    return _by_formula(1, hidden_size, family)


def rank_stable_rate(hidden_size: int, family: str) -> Default:
    """LoRA's own, made smaller by as much as the adapter counts more at the default rank.

    >>> rank_stable_rate(576, "llama").value
    0.00046
    """
    rate, rank = lora_rate(hidden_size, family), int(size_defaults(hidden_size)["rank"].value)
    source = f"{rate.source}; / sqrt({rank}), for the adapter counts so much more"
    return Default(_round(rate.value / sqrt(rank)), source)


def quantised_rate(hidden_size: int, family: str) -> Default:
    """LoRA's own for models that hardly need the 4 bits; for others what practice begins with.

    >>> [quantised_rate(width, "llama").value for width in (2048, 4096, 8192)]
    [0.00049, 0.0002, 0.0001]
    """
    if hidden_size < 2560:
        rate = lora_rate(hidden_size, family)
        return Default(rate.value, f"J: as for LoRA, {rate.source}")
    if hidden_size <= 5120:
        return Default(2e-4, "U: to start with")
    return Default(1e-4, "J: half of what smaller models start with")


def fixed_rate(value: float, source: str) -> RateOf:
    """A rate of which nobody knows how it follows from the size."""
    return lambda _hidden_size, _family: Default(value, source)


def for_few_steps(rate: Default, n_steps: int) -> Default:
    """LoRA's rate in a run of so many steps: a short one wants a higher rate.

    >>> for_few_steps(Default(0.002, "F"), 99)
    Default(value=0.003, source='F; x 1.5 for fewer than 100 steps (R)')
    """
    if n_steps >= FEW_STEPS:
        return rate
    return Default(_round(rate.value * _FEW_STEPS_FACTOR), f"{rate.source}; {RAISED}")


def _by_formula(factor: int, hidden_size: int, family: str) -> Default:
    powers = [_EXPONENTS[family]] if family in _EXPONENTS else list(_EXPONENTS.values())
    width = _WIDTH / hidden_size
    value, power = min((_FULL_RATE * factor * width**power, power) for power in powers)
    times = f" x {factor}" if factor > 1 else ""
    source = f"F: {_FULL_RATE:.0e}{times} x ({_WIDTH} / {hidden_size})^{power:g}"
    if family not in _EXPONENTS:
        source += f", not calibrated for the family {family}"
    elif hidden_size < _NARROWEST_FITTED:
        source += ", extrapolated below the sizes it was fitted on"
    return Default(_round(value), source)


def _round(value: float) -> float:
    return float(f"{value:.2g}")


_SMALLEST = MappingProxyType(
    {
        "rank": Default(8, "M: as good as 32 at this size"),
        "alpha": Default(32.0, "T: constant, so that the rate fits every rank"),
        "batch_size": Default(8, "M: 40 steps from 320 rows"),
        "epochs": Default(1, "M: one pass over 320 rows"),
        "warmup": Default(0.1, "M: 4 of 40 steps"),
    }
)
_FROM_WIDTH: tuple[tuple[int, dict[str, Default]], ...] = (
    (
        960,
        {
            "rank": Default(16, "J: between 8 (measured at 135M) and 32 (notes for 1B and more)"),
            "batch_size": Default(16, "J: as for larger models"),
        },
    ),
    (
        2048,
        {
            "rank": Default(32, "T: enough until trained tokens approach the adapter's weights"),
            "batch_size": Default(16, "R: LoRA bears large batches less well; below 32"),
            "epochs": Default(2, "H: SmolLM2-1.7B"),
            "warmup": Default(0.1, "H: SmolLM2-1.7B"),
        },
    ),
    (2560, {"epochs": Default(1, "J: large models need fewer passes")}),
    (5120, {"batch_size": Default(32, "R: the largest that LoRA bears well")}),
)
"""What changes from a width on."""


def size_defaults(hidden_size: int) -> dict[str, Default]:
    """Options of the loop and of LoRA, by name.

    >>> [size_defaults(width)["rank"].value for width in (576, 960, 4096)]
    [8, 16, 32]
    """
    found = dict(_SMALLEST)
    for width, changes in _FROM_WIDTH:
        if hidden_size >= width:
            found |= changes
    return found
