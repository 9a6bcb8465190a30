"""Prefix tuning through PEFT: keys and values in front of every layer learn.

Li and Liang 2021.
"""

from collections.abc import Mapping
from typing import cast

from peft import PeftModel, PrefixTuningConfig, TaskType, get_peft_model
from transformers import PreTrainedModel

from tunesmith.engine.methods import TuningMethod
from tunesmith.engine.models import peft_without_noise
from tunesmith.wire.spec import Scalar


def attach(model: PreTrainedModel, options: Mapping[str, Scalar]) -> PeftModel:
    """The model with `tokens` virtual tokens in front."""
    config = PrefixTuningConfig(
        num_virtual_tokens=int(options["tokens"]),
        task_type=TaskType.CAUSAL_LM,
    )
    with peft_without_noise():
        return cast("PeftModel", get_peft_model(model, config, autocast_adapter_dtype=True))


METHOD = TuningMethod(name="prefix-tuning", attach=attach)
