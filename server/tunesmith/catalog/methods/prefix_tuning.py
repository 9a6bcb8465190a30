"""Prefix tuning: keys and values in front of every layer learn (Li and Liang 2021)."""

from tunesmith.catalog.defaults import fixed_rate
from tunesmith.catalog.methods import Method
from tunesmith.catalog.methods.prompt_tuning import TOKENS

METHOD = Method(
    name="prefix-tuning",
    doc="Trains virtual keys and values in front of every layer: between prompt tuning and LoRA.",
    options=(TOKENS,),
    default_lr=fixed_rate(1e-2, "J: keys and values learn at about the rate of soft tokens"),
)
