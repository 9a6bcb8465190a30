"""A batch in pieces that fit into memory, and what each of its tokens counts."""

from collections.abc import Callable, Iterator, Sequence

import torch

from tunesmith.engine.paths import ForwardPath, make_batch
from tunesmith.engine.sampler import Drawn


def first_budget(device: torch.device) -> int:
    """Tokens of one micro-batch: enough to keep the device busy, few enough for its memory."""
    return 1024 if device.type == "cpu" else 16384


def micro_batches(batch: Sequence[Drawn], path: ForwardPath, budget: int) -> Iterator[list[Drawn]]:
    """The rows of a batch in groups that fit the budget, each of rows of about one length.

    A row that does not fit makes a group by itself.
    """
    group: list[Drawn] = []
    for drawn in sorted(batch, key=lambda drawn: len(drawn.row.ids)):
        if group and n_tokens([*group, drawn], path) > budget:
            yield group
            group = []
        group.append(drawn)
    if group:
        yield group


def n_tokens(group: Sequence[Drawn], path: ForwardPath) -> int:
    """Tokens that a path computes for some rows, a shared prefix apart."""
    return path.n_tokens(make_batch([drawn.row for drawn in group]))


def token_weights(batch: Sequence[Drawn], loss: str) -> Callable[[Drawn], list[float]]:
    """What each target token of a row counts, so that those of the whole batch add up to one.

    `loss` is `token`, where all tokens count the same, or `row`, where all rows do.
    """
    if loss == "row":
        whole = sum(drawn.weight for drawn in batch)
        return lambda drawn: [drawn.weight / (whole * drawn.row.n_targets)] * drawn.row.n_targets
    whole = sum(drawn.weight * drawn.row.n_targets for drawn in batch)
    return lambda drawn: [drawn.weight / whole] * drawn.row.n_targets
