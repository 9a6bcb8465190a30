"""The loss of a batch, whatever path it takes through the model."""

from collections.abc import Sequence

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from tunesmith.engine.front import front_of
from tunesmith.engine.head import logits_of
from tunesmith.engine.models import base_of
from tunesmith.engine.paths import Batch, ForwardPath
from tunesmith.engine.paths.plain import PATH as PLAIN


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
        path = self.path if batch.n_shared else PLAIN
        hidden = path.forward(base, batch, front_of(self.model))
        targets = torch.tensor(batch.targets, device=hidden.device)
        losses = cross_entropy(logits_of(base, hidden), targets, reduction="none")
        return losses @ torch.tensor(weights, device=hidden.device)
