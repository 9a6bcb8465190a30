"""DoRA: LoRA that learns the direction and the length of each weight apart (Liu et al. 2024)."""

from tunesmith.catalog.defaults import lora_rate
from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.lora import LORA_OPTIONS

METHOD = Method(
    name="dora",
    doc="LoRA with the length of each weight learned apart: closer to full, a little slower.",
    options=LORA_OPTIONS,
    default_lr=lora_rate,
)
