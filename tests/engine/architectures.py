"""Random models of four layers, one of each architecture that paths are tried on."""

from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GraniteMoeHybridConfig,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    Phi3Config,
    PretrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
    RecurrentGemmaConfig,
    RwkvConfig,
)

SIZE: dict[str, Any] = {
    "vocab_size": 320,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
WINDOW = 12
"""Shorter than the prefixes of the tests, which a careless mask gets wrong."""
ARCHITECTURES: dict[str, PretrainedConfig] = {
    "llama": LlamaConfig(**SIZE),
    "qwen2": Qwen2Config(**SIZE),
    "qwen2 with windows": Qwen2Config(
        **SIZE, use_sliding_window=True, sliding_window=WINDOW, max_window_layers=2
    ),
    "qwen3": Qwen3Config(**SIZE, head_dim=8),
    "mistral with windows": MistralConfig(**SIZE, sliding_window=WINDOW),
    "gemma3": Gemma3TextConfig(
        **SIZE,
        head_dim=8,
        sliding_window=WINDOW,
        layer_types=["sliding_attention", "full_attention"] * 2,
    ),
    "phi3": Phi3Config(**SIZE),
    "gpt2": GPT2Config(
        vocab_size=320,
        n_embd=32,
        n_layer=4,
        n_head=4,
        n_positions=512,
        bos_token_id=1,
        eos_token_id=2,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
    ),
}
RECURRENT: dict[str, PretrainedConfig] = {
    "mamba": MambaConfig(vocab_size=320, hidden_size=32, num_hidden_layers=2, state_size=8),
    "rwkv": RwkvConfig(vocab_size=320, hidden_size=32, num_hidden_layers=2),
    "recurrent gemma": RecurrentGemmaConfig(**SIZE, lru_width=32, attention_window_size=WINDOW),
    "granite hybrid": GraniteMoeHybridConfig(
        **SIZE,
        layer_types=["mamba", "attention"] * 2,
        mamba_n_heads=8,
        mamba_d_head=8,
        mamba_d_state=8,
        mamba_n_groups=1,
        shared_intermediate_size=64,
        num_local_experts=0,
        num_experts_per_tok=0,
    ),
}
"""What these carry from token to token cannot be shared by rows that are packed."""


def make_model(name: str, attention: str = "sdpa", *, seed: int = 0) -> PreTrainedModel:
    """A random model in training mode, in fp32."""
    torch.manual_seed(seed)
    config = (ARCHITECTURES | RECURRENT)[name]
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention)
    return model.train()
