"""QLoRA through PEFT: LoRA on a base model that was loaded in 4 bits."""

from tunesmith.engine.methods import TuningMethod
from tunesmith.engine.methods.lora import attach_lora

METHOD = TuningMethod(name="qlora", attach=attach_lora)
