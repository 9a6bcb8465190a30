"""The prefix once, through the key-value cache; then every row behind it, as a batch.

Gradients flow back through the cache. Under activation checkpointing transformers leaves the cache
out without a word, so this path is not for that.
"""

import torch
from transformers import DynamicCache, PreTrainedModel

from tunesmith.engine.paths import Batch, ForwardPath, expand, unknown_layers


def forward(model: PreTrainedModel, batch: Batch, front: DynamicCache | None) -> torch.Tensor:
    """Hidden states at the predictors: (target, hidden)."""
    n_shared, n_rows = batch.n_shared, len(batch.rows)
    decoder = model.get_decoder()
    cache = DynamicCache(config=model.config) if front is None else front
    n_front = cache.get_seq_length()
    prefix = torch.tensor([batch.rows[0].ids[:n_shared]], device=model.device)
    decoder(input_ids=prefix, past_key_values=cache, use_cache=True)
    rests = [row.ids[n_shared:] for row in batch.rows]
    longest = max(map(len, rests))
    ids = torch.tensor([[*rest, *[0] * (longest - len(rest))] for rest in rests])
    n_known = n_front + n_shared
    lengths = torch.tensor([[n_known + len(rest)] for rest in rests])
    is_real = torch.arange(n_known + longest)[None] < lengths
    output = decoder(
        input_ids=ids.to(model.device),
        attention_mask=is_real.long().to(model.device),
        past_key_values=expand(cache, n_rows),
        use_cache=True,
    )
    places = [
        index * longest + at - n_shared for index, row in enumerate(batch.predictors) for at in row
    ]
    hidden = output.last_hidden_state.flatten(0, 1)
    return hidden[torch.tensor(places, device=model.device)]


def _refuses(model: PreTrainedModel, _front: DynamicCache | None) -> str | None:
    if model.is_activation_checkpointing:
        return "activation checkpointing leaves the cache out"
    return unknown_layers(model)


PATH = ForwardPath(
    name="two-pass",
    rank=2,
    forward=forward,
    n_tokens=lambda batch: batch.n_own,
    refuses=_refuses,
)
