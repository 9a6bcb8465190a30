"""All rows in one sequence behind what they share; a mask keeps them from seeing each other."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import cast

import torch
from torch.nn.attention.flex_attention import BlockMask, create_block_mask
from transformers import DynamicCache, PreTrainedModel

from tunesmith.engine.attention import NAME, PackedMask, has_flex, use
from tunesmith.engine.paths import Batch, ForwardPath, unknown_layers

Place = torch.Tensor | None
Sight = Callable[[Place, Place, torch.Tensor, torch.Tensor], torch.Tensor]


def forward(model: PreTrainedModel, batch: Batch, _front: DynamicCache | None) -> torch.Tensor:
    """Hidden states at the predictors: (target, hidden)."""
    n_shared = batch.n_shared
    rests = [row.ids[n_shared:] for row in batch.rows]
    ids = [*batch.rows[0].ids[:n_shared], *chain(*rests)]
    positions = [*range(n_shared), *chain(*(_places(n_shared, rest) for rest in rests))]
    owners = [-1] * n_shared + [row for row, rest in enumerate(rests) for _ in rest]
    at = torch.tensor(positions, device=model.device)
    use(model)
    output = model.get_decoder()(
        input_ids=torch.tensor([ids], device=model.device),
        attention_mask=_masks(model, at, torch.tensor(owners, device=model.device)),
        position_ids=at[None],
        use_cache=False,
    )
    # Row by row, how far its own tokens have moved to the right.
    moved, end = [], 0
    for rest in rests:
        moved.append(end)
        end += len(rest)
    places = [
        place + shift for row, shift in zip(batch.predictors, moved, strict=True) for place in row
    ]
    return output.last_hidden_state[0, torch.tensor(places, device=model.device)]


def _places(start: int, rest: Sequence[int]) -> range:
    return range(start, start + len(rest))


def _masks(
    model: PreTrainedModel, at: torch.Tensor, owners: torch.Tensor
) -> torch.Tensor | BlockMask | dict[str, torch.Tensor | BlockMask]:
    """Who may look at whom, by kind of layer where a model has several."""
    config = model.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    kinds = set(getattr(config, "layer_types", None) or ())
    if not kinds:
        return _as_taken(model, at, owners, window)
    return {
        kind: _as_taken(model, at, owners, window if kind == "sliding_attention" else None)
        for kind in kinds
    }


def sight(at: torch.Tensor, owners: torch.Tensor, window: int | None) -> Sight:
    """Whether a token sees another, both given as places in the sequence, as FlexAttention asks.

    `at` has the position of each in its row, `owners` its row, which is -1 in the shared prefix.
    """

    def sees(_batch: Place, _head: Place, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        is_own = (owners[key] == -1) | (owners[key] == owners[query])
        seen = is_own & (at[key] <= at[query])
        return seen & (at[query] - at[key] < window) if window else seen

    return sees


def _as_taken(
    model: PreTrainedModel, at: torch.Tensor, owners: torch.Tensor, window: int | None
) -> torch.Tensor | BlockMask:
    """Blocks for FlexAttention; yes and no for sdpa; a number to add to the scores for eager."""
    sees, n_tokens = sight(at, owners, window), len(at)
    attention = model.config._attn_implementation
    if attention == NAME and has_flex(model):
        blocks = create_block_mask(
            sees, None, None, n_tokens, n_tokens, device=str(at.device), _compile=True
        )
        return cast("BlockMask", blocks)
    places = torch.arange(n_tokens, device=at.device)
    seen = sees(None, None, places[:, None], places[None, :])[None, None]
    if attention == NAME and not window and (owners == -1).any():
        return PackedMask.of(seen, int((owners == -1).sum()))
    if attention in (NAME, "sdpa"):
        return seen
    lowest = torch.finfo(model.dtype).min
    return torch.zeros_like(seen, dtype=model.dtype).masked_fill(~seen, lowest)


def _refuses(model: PreTrainedModel, front: DynamicCache | None) -> str | None:
    if front is not None:
        return "the method puts keys and values in front of every row"
    return unknown_layers(model)


PATH = ForwardPath(
    name="packed",
    rank=1,
    forward=forward,
    n_tokens=lambda batch: batch.n_own,
    refuses=_refuses,
    # Only its kernels leave out what one row would see of another; a dense mask computes it.
    packs=has_flex,
)
