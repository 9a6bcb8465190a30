"""The optimizer of a run, and the memory that it takes."""

from collections.abc import Sequence

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from tunesmith.engine.out_of_memory import MemoryFull, is_out_of_memory


def trainable(model: PreTrainedModel | PeftModel) -> list[torch.nn.Parameter]:
    """The weights that learn, in the model's order."""
    return [weight for weight in model.parameters() if weight.requires_grad]


def make_optimizer(
    weights: Sequence[torch.nn.Parameter], *, lr: float, weight_decay: float
) -> torch.optim.AdamW:
    """AdamW; only matrices decay, for nothing speaks for biases and norms near zero."""
    groups = [
        {"params": [weight for weight in weights if weight.dim() > 1]},
        {"params": [weight for weight in weights if weight.dim() <= 1], "weight_decay": 0.0},
    ]
    filled = [group for group in groups if group["params"]]
    return torch.optim.AdamW(filled, lr=lr, weight_decay=weight_decay)


def take_step(optimizer: torch.optim.Optimizer) -> None:
    """Change the weights by their gradients, which are gone then. Raises MemoryFull."""
    try:
        optimizer.step()
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        n_weights = sum(one.numel() for group in optimizer.param_groups for one in group["params"])
        raise MemoryFull(
            f"memory is full: the optimizer needs {n_weights * 8 / 2**30:.1f} GiB for two numbers "
            f"beside each of {n_weights:,} weights. Set method: lora or a smaller base in "
            "tunesmith.train"
        ) from error
    optimizer.zero_grad()
