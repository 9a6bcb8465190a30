"""Prefix tuning: keys and values in front of every layer learn (Li and Liang 2021)."""

from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.prompt_tuning import TOKENS


def default_lr(_hidden_size: int, _family: str) -> float:
    """Keys and values learn at about the rate of soft tokens.

    >>> default_lr(576, "llama")
    0.01
    """
    return 1e-2


METHOD = Method(
    name="prefix-tuning",
    doc="Trains virtual keys and values in front of every layer: between prompt tuning and LoRA.",
    options=(TOKENS,),
    default_lr=default_lr,
)
