"""LoRA: two thin matrices beside each linear layer learn; the model stays as it is (Hu 2021)."""

from tunesmith.catalog.methods import Method
from tunesmith.catalog.options import Option

_FULL_RATE = 5e-5
_HIDDEN_SIZE = 2000
_LORA_FACTOR = 10
RANK = 8
"""Default."""
_EXPONENTS = {"llama": 0.781, "qwen2": 0.0775, "qwen3": 0.0775}


def default_lr(hidden_size: int, family: str) -> float:
    """Peak rate by the power law that tinker-cookbook fits: the wider the model, the lower.

    Ten times the rate of full fine-tuning. Rank does not enter, because alpha is constant. A
    family that was never measured gets the smaller of the known answers.

    >>> default_lr(576, "llama"), default_lr(4096, "llama")
    (0.0013, 0.00029)
    """
    exponents = [_EXPONENTS[family]] if family in _EXPONENTS else list(_EXPONENTS.values())
    width = _HIDDEN_SIZE / hidden_size
    rate = _FULL_RATE * _LORA_FACTOR * min(width**power for power in exponents)
    return float(f"{rate:.2g}")


LORA_OPTIONS = (
    Option(
        name="rank",
        type=int,
        default=RANK,
        low=1,
        high=1024,
        doc="Columns of the thin matrices: how much can be learned.",
    ),
    Option(
        name="alpha",
        type=float,
        default=32.0,
        low=0.1,
        high=10_000.0,
        doc="The adapter counts alpha / rank times; left alone, the rate fits every rank.",
    ),
    Option(
        name="dropout",
        type=float,
        default=0.0,
        low=0.0,
        high=0.9,
        doc="Share of the adapter's inputs that each step ignores.",
    ),
)

METHOD = Method(
    name="lora",
    doc="Trains two thin matrices beside each linear layer: small files, little memory.",
    options=LORA_OPTIONS,
    default_lr=default_lr,
)
