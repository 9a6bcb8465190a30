"""LoRA through PEFT, on every linear layer but the head."""

from collections.abc import Mapping
from typing import cast

from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from transformers import PreTrainedModel

from tunesmith.engine.methods import TuningMethod
from tunesmith.engine.models import peft_without_noise
from tunesmith.wire.spec import Scalar


def attach_lora(
    model: PreTrainedModel,
    options: Mapping[str, Scalar],
    *,
    use_dora: bool = False,
    use_rslora: bool = False,
) -> PeftModel:
    """An adapter in fp32, whatever the format of the model under it."""
    config = LoraConfig(
        r=int(options["rank"]),
        lora_alpha=cast("int", options["alpha"]),
        lora_dropout=float(options["dropout"]),
        target_modules="all-linear",
        task_type=TaskType.CAUSAL_LM,
        use_dora=use_dora,
        use_rslora=use_rslora,
    )
    with peft_without_noise():
        return cast("PeftModel", get_peft_model(model, config, autocast_adapter_dtype=True))


METHOD = TuningMethod(name="lora", attach=attach_lora)
