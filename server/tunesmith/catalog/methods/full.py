"""Full fine-tuning: every weight learns."""

from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.lora import default_lr as lora_lr

_LORA_FACTOR = 10


def default_lr(hidden_size: int, family: str) -> float:
    """A tenth of LoRA's rate, by the same power law over the model's width.

    >>> default_lr(576, "llama")
    0.00013
    """
    return float(f"{lora_lr(hidden_size, family) / _LORA_FACTOR:.2g}")


METHOD = Method(
    name="full",
    doc="Trains every weight: a whole new model on disk, four times its memory in training.",
    options=(),
    default_lr=default_lr,
)
