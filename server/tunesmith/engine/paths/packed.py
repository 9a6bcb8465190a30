"""All rows in one sequence behind their common prefix; a mask keeps them from seeing each other."""

from collections.abc import Sequence
from itertools import chain

import torch
from transformers import DynamicCache, PreTrainedModel

from tunesmith.engine.paths import Batch, ForwardPath, unknown_layers


def forward(model: PreTrainedModel, batch: Batch, _front: DynamicCache | None) -> torch.Tensor:
    """Hidden states at the predictors: (target, hidden)."""
    n_shared = batch.n_shared
    rests = [row.ids[n_shared:] for row in batch.rows]
    ids = [*batch.rows[0].ids[:n_shared], *chain(*rests)]
    positions = [*range(n_shared), *chain(*(_places(n_shared, rest) for rest in rests))]
    owners = [-1] * n_shared + [row for row, rest in enumerate(rests) for _ in rest]
    at = torch.tensor(positions, device=model.device)
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
) -> torch.Tensor | dict[str, torch.Tensor]:
    """Who may look at whom, by kind of layer where a model has several."""
    config = model.config.get_text_config()
    is_own = (owners[None, :] == -1) | (owners[None, :] == owners[:, None])
    seen = is_own & (at[None, :] <= at[:, None])
    window = getattr(config, "sliding_window", None)
    near = seen & (at[:, None] - at[None, :] < window) if window else seen
    kinds = set(getattr(config, "layer_types", None) or ())
    if not kinds:
        return _as_taken(model, near)
    return {kind: _as_taken(model, near if kind == "sliding_attention" else seen) for kind in kinds}


def _as_taken(model: PreTrainedModel, seen: torch.Tensor) -> torch.Tensor:
    """Yes and no for sdpa; a number to add to the scores for everything else."""
    if model.config._attn_implementation == "sdpa":
        return seen[None, None]
    lowest = torch.finfo(model.dtype).min
    return torch.zeros_like(seen, dtype=model.dtype).masked_fill(~seen, lowest)[None, None]


def _refuses(model: PreTrainedModel, front: DynamicCache | None) -> str | None:
    if front is not None:
        return "the method puts keys and values in front of every row"
    return unknown_layers(model)


PATH = ForwardPath(
    name="packed", rank=1, forward=forward, n_tokens=lambda batch: batch.n_own, refuses=_refuses
)
