"""Attention for rows that are packed behind a shared prefix, as transformers calls it.

The kind of mask says how a call is computed, so that a layer that is computed again in the backward
pass, as activation checkpointing does, goes the same way. Any other mask goes to sdpa.
"""

from typing import Any, Self

import torch
from torch.nn.attention.flex_attention import BlockMask
from torch.utils._triton import has_triton
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "sdpa-shared-prefix"


class PackedMask(torch.Tensor):
    """A boolean mask (1, 1, token, token) that is causal in its first `n_shared` tokens.

    It is a mask like any other to whoever does not know it.
    """

    # What is made from it is a plain tensor again.
    __torch_function__ = torch._C._disabled_torch_function_impl  # pyright: ignore[reportAssignmentType]
    n_shared: int

    @classmethod
    def of(cls, seen: torch.Tensor, n_shared: int) -> Self:
        """The mask `seen`."""
        mask = seen.as_subclass(cls)
        mask.n_shared = n_shared
        return mask


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | BlockMask | None,
    **more: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Attention (batch, head, token, size) -> (batch, token, head, size), and no scores."""
    if isinstance(attention_mask, BlockMask):
        # Autocast, which knows sdpa, leaves these as they come: rotated in fp32, and not.
        query, key = query.to(value.dtype), key.to(value.dtype)
        return flex_attention_forward(module, query, key, value, attention_mask, **more)
    if not isinstance(attention_mask, PackedMask):
        return sdpa_attention_forward(module, query, key, value, attention_mask, **more)
    # The prefix sees nothing of the rows: half of what a mask would hide is never computed.
    n_shared = attention_mask.n_shared
    more["is_causal"] = None
    parts = [
        sdpa_attention_forward(
            module, query[:, :, at], key[:, :, :end], value[:, :, :end], mask, **more
        )
        for at, end, mask in (
            (slice(None, n_shared), n_shared, None),
            (slice(n_shared, None), None, attention_mask[:, :, n_shared:]),
        )
    ]
    return torch.cat([output for output, _ in parts], dim=1), None


def use(model: PreTrainedModel) -> None:
    """Let a model that attends through sdpa understand these masks too."""
    if model.config._attn_implementation == "sdpa" and model._can_set_attn_implementation():
        model.set_attn_implementation(NAME)


def has_flex(model: PreTrainedModel) -> bool:
    """Whether FlexAttention can train this model where it lies: its kernels are for GPUs."""
    return model.device.type == "cuda" and model._supports_flex_attn and has_triton()


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
