"""Rank-stabilised LoRA: scaled so that a high rank still learns (Kalajdzievski 2023)."""

from tunesmith.catalog.defaults import rank_stable_rate
from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.lora import LORA_OPTIONS

METHOD = Method(
    name="rslora",
    doc="LoRA scaled by the square root of the rank, for ranks of 64 and more.",
    options=LORA_OPTIONS,
    default_lr=rank_stable_rate,
)
