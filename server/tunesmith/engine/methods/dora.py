"""DoRA through PEFT: LoRA for the direction of each weight, and its length beside it."""

from functools import partial

from tunesmith.engine.methods import TuningMethod
from tunesmith.engine.methods.lora import attach_lora

METHOD = TuningMethod(name="dora", attach=partial(attach_lora, use_dora=True))
