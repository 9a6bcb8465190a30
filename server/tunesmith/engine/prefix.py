"""Forward passes over sequences that begin alike: the common part is computed once.

Rows of one prompt share their first tokens (system text, instructions, demonstrations). The
keys and values of that prefix are computed for one sequence and expanded for each batch; causal
attention makes this the same computation, not an approximation.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from transformers import DynamicCache, PreTrainedModel

Ids = tuple[int, ...]

MIN_SHARED = 8
"""A shorter prefix costs about as much to expand as to compute again."""


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """The first tokens of every sequence, and what the model made of them."""

    ids: Ids
    cache: DynamicCache
    """Of batch size 1; never written to. A method may have put something in front of the ids."""

    @property
    def n_cached(self) -> int:
        """Places that are taken in the cache: those of the ids, and what stands in front."""
        return self.cache.get_seq_length()


@torch.inference_mode()
def run_prefix(model: PreTrainedModel, ids: Ids, before: Prefix | None = None) -> Prefix:
    """Compute a prefix; `before`, a shorter one that it starts with, saves its own part."""
    cache = deepcopy(before.cache) if before else DynamicCache(config=model.config)
    n_known = len(before.ids) if before else 0
    if len(ids) > n_known:
        fed = torch.tensor([ids[n_known:]], device=model.device)
        model.get_decoder()(input_ids=fed, past_key_values=cache, use_cache=True)
    return Prefix(ids=ids, cache=cache)


def shared_length(sequences: Sequence[Ids]) -> int:
    """How many first tokens all have in common, one token of each left over.

    >>> shared_length([(1, 2, 3, 4), (1, 2, 5)])
    2
    >>> shared_length([(1, 2, 3), (1, 2)])
    1
    """
    # Whatever the smallest and the largest of them share, those between them share too.
    first, last = min(sequences), max(sequences)
    limit = min(map(len, sequences)) - 1
    pairs = enumerate(zip(first, last, strict=False))
    return next((i for i, (one, two) in pairs if one != two or i >= limit), limit)


@torch.inference_mode()
def hidden_states(
    model: PreTrainedModel, sequences: Sequence[Ids], prefix: Prefix | None
) -> torch.Tensor:
    """What the decoder makes of each sequence, which all start with `prefix`.

    Shape (sequence, token behind the prefix, hidden); rows are filled up on the right, where
    causal attention keeps real tokens from seeing it.
    """
    n_known = len(prefix.ids) if prefix else 0
    rests = [list(ids[n_known:]) for ids in sequences]
    longest = max(map(len, rests))
    ids = torch.tensor([rest + [0] * (longest - len(rest)) for rest in rests])
    n_cached = prefix.n_cached if prefix else 0
    lengths = torch.tensor([[n_cached + len(rest)] for rest in rests])
    mask = torch.arange(n_cached + longest)[None] < lengths
    cache = None
    if prefix:
        cache = deepcopy(prefix.cache)
        cache.batch_repeat_interleave(len(rests))
    output = model.get_decoder()(
        input_ids=ids.to(model.device),
        attention_mask=mask.long().to(model.device),
        past_key_values=cache,
        use_cache=cache is not None,
    )
    return output.last_hidden_state
