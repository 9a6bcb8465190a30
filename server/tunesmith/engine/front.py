"""What a prompt-learning method puts in front of every row: keys and values that it has learned."""

from typing import cast

from peft import PeftModel, PeftType
from transformers import DynamicCache, PreTrainedModel


def has_front(model: PreTrainedModel | PeftModel) -> bool:
    """Whether the model's method is one of those."""
    return isinstance(model, PeftModel) and model.active_peft_config.is_prompt_learning


def front_of(model: PreTrainedModel | PeftModel) -> DynamicCache | None:
    """A cache of batch size 1 through which gradients flow; None for any other method."""
    if not isinstance(model, PeftModel) or not has_front(model):
        return None
    learned = model.get_prompt(batch_size=1)
    if model.active_peft_config.peft_type == PeftType.PREFIX_TUNING:
        return cast("DynamicCache", learned)
    # Soft tokens are embeddings; one pass over them gives what every layer remembers of them.
    base = cast("PreTrainedModel", model.get_base_model())
    cache = DynamicCache(config=base.config)
    base.get_decoder()(inputs_embeds=learned.to(base.dtype), past_key_values=cache, use_cache=True)
    return cache
