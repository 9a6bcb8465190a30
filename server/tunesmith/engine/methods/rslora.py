"""Rank-stabilised LoRA through PEFT: the adapter counts alpha / sqrt(rank) times."""

from functools import partial

from tunesmith.engine.methods import TuningMethod
from tunesmith.engine.methods.lora import attach_lora

METHOD = TuningMethod(name="rslora", attach=partial(attach_lora, use_rslora=True))
