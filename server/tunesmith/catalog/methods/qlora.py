"""QLoRA: LoRA on a base model whose weights are held in 4 bits (Dettmers et al. 2023)."""

from tunesmith.catalog.defaults import quantised_rate
from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.lora import LORA_OPTIONS

METHOD = Method(
    name="qlora",
    doc="LoRA on the base model in 4 bits: a quarter of its memory, slower (tunesmith[gpu]).",
    options=LORA_OPTIONS,
    default_lr=quantised_rate,
    quantised=True,
)
