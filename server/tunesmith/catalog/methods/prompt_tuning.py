"""Prompt tuning: a few embeddings in front of the prompt learn, the model stays (Lester 2021)."""

from tunesmith.catalog.defaults import fixed_rate
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


METHOD = Method(
    name="prompt-tuning",
    doc="Trains a few virtual tokens in front of the prompt: files of some kilobytes.",
    options=(TOKENS,),
    default_lr=fixed_rate(0.05, "M: 16 tokens at 135M; for other sizes nothing is known"),
)
