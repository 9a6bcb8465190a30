"""Which path a run takes: the fastest that gives the gradients of the plain one.

A mask that a model ignores, or a cache that it drops, leaves the loss almost as it was and the
gradient wrong, without a word. So the gradients themselves are compared, on two real rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from tunesmith.engine.device import is_mixed
from tunesmith.engine.front import front_of
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.models import base_of
from tunesmith.engine.out_of_memory import is_out_of_memory
from tunesmith.engine.paths import Batch, ForwardPath, forward_paths, make_batch
from tunesmith.prompt.encoded import Encoded

MAX_DIFFERENCE = 1e-4
"""Relative L2 distance of two gradients that count as the same, in fp32."""
NOISE_FACTOR = 4
"""In lower precision: times what padding alone changes."""
_OF_HEADS = ("summary_first_dropout", "classifier_dropout")
"""Settings of heads for other tasks."""

Model = PreTrainedModel | PeftModel


@dataclass(frozen=True, kw_only=True)
class PathChoice:
    """A path, and why it is this one."""

    path: ForwardPath
    reason: str
    """In words; empty where the first path was right."""
    factor: float
    """How many times fewer tokens are computed than without sharing, in a batch like the first."""


def choose_path(model: Model, rows: Sequence[Encoded]) -> PathChoice:
    """The path for a model in training mode; `rows` are those of its first batch.

    Leaves the model without gradients, as it found it. Running out of memory says nothing against
    a path, and is raised as it is.
    """
    *sharing, plain = forward_paths()
    batch = make_batch(rows)
    if batch.n_shared == 0 and not any(path.packs(base_of(model)) for path in sharing):
        reason = "the rows share no prefix that is long enough beside them"
        return PathChoice(path=plain, reason=reason, factor=1.0)
    if _drops_out(model):
        reason = "with dropout, rows that share a prefix would share its noise too"
        return PathChoice(path=plain, reason=reason, factor=1.0)
    refusals: list[str] = []
    for path in sharing:
        if batch.n_shared == 0 and not path.packs(base_of(model)):
            continue
        why = path.refuses(base_of(model), front_of(model)) or _differs(model, path, plain, batch)
        if why is None:
            return PathChoice(path=path, reason="; ".join(refusals), factor=batch.factor)
        refusals.append(f"not {path.name}: {why}")
    return PathChoice(path=plain, reason="; ".join(refusals), factor=1.0)


def _drops_out(model: Model) -> bool:
    """Whether chance decides: in layers made for it, or in functions that the settings speak of."""
    settings = base_of(model).config.get_text_config().to_dict()
    asked = [value for name, value in settings.items() if "drop" in name and name not in _OF_HEADS]
    return any(isinstance(value, float) and value > 0 for value in asked) or any(
        isinstance(part, torch.nn.Dropout) and part.p > 0 for part in model.modules()
    )


def _differs(model: Model, path: ForwardPath, plain: ForwardPath, batch: Batch) -> str | None:
    """How far a path's gradient lies from the plain one's; None where it does not matter."""
    ordered = sorted(batch.rows, key=lambda row: len(row.ids))
    pair = Batch(rows=(ordered[0], ordered[-1]), n_shared=batch.n_shared)
    try:
        # One by one, which takes the least memory.
        right = _gradient(model, plain, [Batch(rows=(row,), n_shared=0) for row in pair.rows])
        difference = _distance(_gradient(model, path, [pair]), right)
        if difference <= MAX_DIFFERENCE:
            return None
        is_exact = base_of(model).dtype == torch.float32 and not is_mixed(model)
        noise = _distance(_gradient(model, plain, [pair]), right)
    # Whatever an architecture has against a path, there is one that it has nothing against.
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        if is_out_of_memory(error):
            raise
        return f"the model cannot do it ({type(error).__name__}: {error})"
    if not is_exact and difference <= NOISE_FACTOR * noise:
        return None
    return f"its gradient is {difference:.1g} away from the right one"


def _gradient(model: Model, path: ForwardPath, batches: Sequence[Batch]) -> torch.Tensor:
    """Of the mean over all target tokens, as one vector."""
    n_targets = sum(len(batch.targets) for batch in batches)
    loss_of = TargetLoss(model, path)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    for batch in batches:
        loss_of(batch, [1 / n_targets] * len(batch.targets)).backward()
    found = [weight.grad.flatten().float() for weight in weights if weight.grad is not None]
    gradient = torch.cat(found)
    model.zero_grad()
    return gradient


def _distance(found: torch.Tensor, right: torch.Tensor) -> float:
    if found.shape != right.shape or not found.isfinite().all():
        return float("inf")
    return float((found - right).norm() / right.norm().clamp_min(1e-30))
