"""From hidden states to logits, at the positions that are asked about and nowhere else."""

from collections.abc import Sequence
from typing import cast

import torch
from torch.nn.functional import linear
from transformers import PreTrainedModel


def logits_of(
    model: PreTrainedModel, hidden: torch.Tensor, tokens: Sequence[int] | None = None
) -> torch.Tensor:
    """Logits in fp32 of the whole vocabulary, or of some tokens: (..., hidden) -> (..., token)."""
    head = cast("torch.nn.Linear", model.get_output_embeddings())
    weight, bias = head.weight, head.bias
    if tokens is not None:
        rows = torch.tensor(tokens, device=weight.device)
        weight, bias = weight[rows], None if bias is None else bias[rows]
    logits = linear(hidden.float(), weight.float(), None if bias is None else bias.float())
    return _as_the_model_scales(model, logits)


def _as_the_model_scales(model: PreTrainedModel, logits: torch.Tensor) -> torch.Tensor:
    """Some architectures do something to logits behind the head (Gemma, Cohere, Granite)."""
    config = model.config.get_text_config()
    logits = logits * (getattr(config, "logit_scale", None) or 1.0)
    logits = logits / (getattr(config, "logits_scaling", None) or 1.0)
    if cap := getattr(config, "final_logit_softcapping", None):
        logits = cap * torch.tanh(logits / cap)
    return logits
