"""LoRA: two thin matrices beside each linear layer learn; the model stays as it is (Hu 2021)."""

from tunesmith.catalog.defaults import lora_rate
from tunesmith.catalog.methods import Method
from tunesmith.catalog.options import Option

LORA_OPTIONS = (
    Option(
        name="rank",
        type=int,
        default=8,
        low=1,
        high=1024,
        doc="Columns of the thin matrices: how much can be learned; wider models get 16 or 32.",
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
    default_lr=lora_rate,
)
