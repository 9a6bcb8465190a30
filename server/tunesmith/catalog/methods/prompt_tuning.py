"""Prompt tuning: a few embeddings in front of the prompt learn, the model stays (Lester 2021)."""

from tunesmith.catalog.methods import Method
from tunesmith.catalog.options import Option

TOKENS = Option(
    name="tokens",
    type=int,
    default=16,
    low=1,
    high=1024,
    doc="Virtual tokens in front of every row.",
)


def default_lr(_hidden_size: int, _family: str) -> float:
    """Measured at 135M parameters; for other sizes nothing is known.

    >>> default_lr(576, "llama")
    0.05
    """
    return 0.05


METHOD = Method(
    name="prompt-tuning",
    doc="Trains a few virtual tokens in front of the prompt: files of some kilobytes.",
    options=(TOKENS,),
    default_lr=default_lr,
)
