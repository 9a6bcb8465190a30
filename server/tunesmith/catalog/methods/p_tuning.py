"""P-tuning: a small network makes the embeddings in front of the prompt (Liu et al. 2021)."""

from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.prompt_tuning import TOKENS
from tunesmith.catalog.options import Option


def default_lr(_hidden_size: int, _family: str) -> float:
    """A network learns at a network's rate, not at that of bare embeddings.

    >>> default_lr(576, "llama")
    0.001
    """
    return 1e-3


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
    default_lr=default_lr,
)
