"""P-tuning: a small network makes the embeddings in front of the prompt (Liu et al. 2021)."""

from tunesmith.catalog.defaults import fixed_rate
from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.prompt_tuning import TOKENS
from tunesmith.catalog.options import Option

METHOD = Method(
    name="p-tuning",
    doc="Trains a small network that makes the virtual tokens in front of the prompt.",
    options=(
        TOKENS,
        Option(
            name="hidden_size",
            type=int,
            default=256,
            low=8,
            high=8192,
            doc="Width of the small network.",
        ),
    ),
    default_lr=fixed_rate(1e-3, "J: a network learns at a network's rate"),
)
