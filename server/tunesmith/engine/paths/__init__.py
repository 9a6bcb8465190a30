"""Ways to send a batch through a model: one file each, as `PATH`.

Rows of one prompt begin alike. Rollouts of reinforcement learning share prefixes the same way, and
trainers use it there (PrefixGrouper, arXiv 2506.05433; Tree Training, arXiv 2511.00413); here it
is the rows of a data set that share the prompt. Every path computes the same loss.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from tunesmith.discover import discover
from tunesmith.prompt.encoded import Encoded

MIN_FACTOR = 1.25
"""Sharing that saves less than a fifth of the tokens costs more time than it saves: the mask hides
other rows, but they are computed all the same (`benchmarks/prefix.py` draws it)."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows that go through the model together."""

    rows: tuple[Encoded, ...]
    n_shared: int
    """First tokens that all have in common, and at which nothing is predicted that counts."""

    @property
    def predictors(self) -> list[list[int]]:
        """For each row, the positions that predict its targets: what stands before them."""
        return [[at - 1 for at, trained in enumerate(row.mask) if trained] for row in self.rows]

    @property
    def targets(self) -> list[int]:
        """The tokens to predict, row after row."""
        pairs = (pair for row in self.rows for pair in zip(row.ids, row.mask, strict=True))
        return [token for token, trained in pairs if trained]

    @property
    def n_own(self) -> int:
        """Tokens behind the shared prefix."""
        return sum(len(row.ids) - self.n_shared for row in self.rows)

    @property
    def n_padded(self) -> int:
        """Tokens that are computed where every row is filled up to the longest."""
        return max(len(row.ids) for row in self.rows) * len(self.rows)

    @property
    def factor(self) -> float:
        """How many times fewer tokens sharing computes."""
        return sum(len(row.ids) for row in self.rows) / (self.n_shared + self.n_own)


def make_batch(rows: Sequence[Encoded]) -> Batch:
    """A batch with the longest prefix of token ids that its rows can share, where that pays."""
    alone = Batch(rows=tuple(rows), n_shared=0)
    if len(rows) < 2:
        return alone
    # Whatever the smallest and the largest of them share, those between them share too.
    first, last = min(row.ids for row in rows), max(row.ids for row in rows)
    pairs = enumerate(zip(first, last, strict=False))
    shared = next((at for at, (one, two) in pairs if one != two), min(len(first), len(last)))
    # The position before a target predicts it, so it has to belong to the row alone.
    limit = min(row.mask.index(True) for row in rows) - 1
    sharing = replace(alone, n_shared=min(shared, limit))
    return sharing if sharing.factor >= MIN_FACTOR else alone


@dataclass(frozen=True, kw_only=True)
class ForwardPath:
    """One way."""

    name: str
    rank: int
    """The path of the lowest rank that a model allows is taken."""
    forward: Callable[[PreTrainedModel, Batch, DynamicCache | None], torch.Tensor]
    """Hidden states at the predictors, row after row: (target, hidden). The cache, of batch size
    1, is what stands in front of every row; it is used up."""
    n_tokens: Callable[[Batch], int]
    """How many tokens it computes, but for a shared prefix, which any batch has to compute."""
    refuses: Callable[[PreTrainedModel, DynamicCache | None], str | None]
    """Why a model cannot go this way, in words; None where it can."""
    packs: Callable[[PreTrainedModel], bool] = lambda _model: False
    """Whether rows that share nothing gain from it too, since none of them is filled up."""


def expand(cache: DynamicCache, n_rows: int) -> DynamicCache:
    """The same cache for each of some rows; nothing is copied until they grow apart.

    Raises ValueError where a model has put nothing into it.
    """
    for layer in cache.layers:
        kept = cast("DynamicLayer", layer)
        if kept.keys is None:
            raise ValueError("the model keeps no keys and values")
        kept.keys = cast("torch.Tensor", kept.keys).expand(n_rows, -1, -1, -1)
        kept.values = cast("torch.Tensor", kept.values).expand(n_rows, -1, -1, -1)
    return cache


def unknown_layers(model: PreTrainedModel) -> str | None:
    """Why no prefix can be shared, where a model has layers that are no attention."""
    kinds = set(getattr(model.config.get_text_config(), "layer_types", None) or ())
    odd = sorted(kinds - {"full_attention", "sliding_attention"})
    return f"it has layers of the kind {', '.join(odd)}" if odd else None


def forward_paths() -> list[ForwardPath]:
    """Every path, the one to try first before the others."""
    return sorted(discover(__name__, "PATH", ForwardPath).values(), key=lambda path: path.rank)
