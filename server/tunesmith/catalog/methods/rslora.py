"""Rank-stabilised LoRA: scaled so that a high rank still learns (Kalajdzievski 2023)."""

import math

from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.lora import LORA_OPTIONS, RANK
from tunesmith.catalog.methods.lora import default_lr as lora_lr


def default_lr(hidden_size: int, family: str) -> float:
    """LoRA's own rate, made smaller by as much as the adapter counts more at the default rank.

    >>> default_lr(576, "llama")
    0.00046
    """
    return float(f"{lora_lr(hidden_size, family) / math.sqrt(RANK):.2g}")


METHOD = Method(
    name="rslora",
    doc="LoRA scaled by the square root of the rank, for ranks of 64 and more.",
    options=LORA_OPTIONS,
    default_lr=default_lr,
)
