"""Each row for itself, filled up on the right: always right, and what the others are held to."""

import torch
from transformers import DynamicCache, PreTrainedModel

from tunesmith.engine.paths import Batch, ForwardPath, expand


def forward(model: PreTrainedModel, batch: Batch, front: DynamicCache | None) -> torch.Tensor:
    """Hidden states at the predictors: (target, hidden)."""
    longest = max(len(row.ids) for row in batch.rows)
    n_missing = [longest - len(row.ids) for row in batch.rows]
    pairs = list(zip(batch.rows, n_missing, strict=True))
    ids = torch.tensor([[*row.ids, *[0] * n] for row, n in pairs], device=model.device)
    n_front = front.get_seq_length() if front else 0
    is_real = [[1] * (n_front + len(row.ids)) + [0] * n for row, n in pairs]
    output = model.get_decoder()(
        input_ids=ids,
        attention_mask=torch.tensor(is_real, device=model.device),
        past_key_values=expand(front, len(pairs)) if front else None,
        use_cache=front is not None,
    )
    hidden = output.last_hidden_state.flatten(0, 1)
    places = [index * longest + at for index, row in enumerate(batch.predictors) for at in row]
    return hidden[torch.tensor(places, device=model.device)]


PATH = ForwardPath(
    name="plain",
    rank=3,
    forward=forward,
    n_tokens=lambda batch: batch.n_padded,
    refuses=lambda _model, _front: None,
)
