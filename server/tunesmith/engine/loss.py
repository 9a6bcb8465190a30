"""The loss of a batch, whatever path it takes through the model."""

from collections.abc import Sequence

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from tunesmith.engine.device import is_mixed
from tunesmith.engine.front import front_of
from tunesmith.engine.head import logits_of
from tunesmith.engine.models import base_of
from tunesmith.engine.paths import Batch, ForwardPath
from tunesmith.engine.paths.plain import PATH as PLAIN

N_AT_ONCE = 1024
"""Target tokens whose logits, which are as wide as the vocabulary, are in memory together."""


class TargetLoss(torch.nn.Module):
    """Weighted cross-entropy of target tokens, in fp32; no other position meets the head."""

    def __init__(self, model: PreTrainedModel | PeftModel, path: ForwardPath) -> None:
        super().__init__()
        self.model = model
        self.path = path

    def forward(self, batch: Batch, weights: Sequence[float]) -> torch.Tensor:
        """`weights` has one number for each target token, row after row. Gives one number."""
        base = base_of(self.model)
        # A row by itself has nobody to share with.
        path = self.path if batch.n_shared or self.path.packs(base) else PLAIN
        # Logits and loss are made of what comes out of it in fp32 again.
        with torch.autocast(base.device.type, torch.bfloat16, enabled=is_mixed(self.model)):
            hidden = path.forward(base, batch, front_of(self.model))
        targets = torch.tensor(batch.targets, device=hidden.device)
        return _losses(base, hidden, targets) @ torch.tensor(weights, device=hidden.device)


def _losses(model: PreTrainedModel, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each target: (target, hidden), (target,) -> (target,)."""

    def compute(hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return cross_entropy(logits_of(model, hidden), targets, reduction="none")

    if len(targets) <= N_AT_ONCE:
        return compute(hidden, targets)
    parts = zip(hidden.split(N_AT_ONCE), targets.split(N_AT_ONCE), strict=True)
    # Logits are computed again on the way back, so that those of one part never meet another's.
    return torch.cat([checkpoint(compute, *part, use_reentrant=False) for part in parts])  # pyright: ignore[reportArgumentType]
