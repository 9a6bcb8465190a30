"""Which label a model gives to some rows, three ways: ours, by generation, one forward a label.

One process, in fp32, so that the same question has one answer; the ways take turns.
"""

import time
from collections.abc import Callable, Sequence

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from benchmarks._versus_process import Task, answer
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.score import Choice, score_choices

_MAX_NEW_TOKENS = 4

Way = Callable[[Sequence[Choice]], list[int]]
"""For each row, the label that is its answer; -1 where there is none."""


def evaluate(task: Task) -> Task:
    """CPU seconds of each way, and how many rows get the same label."""
    model = AutoModelForCausalLM.from_pretrained(
        task["model"], dtype=torch.float32, local_files_only=True, trust_remote_code=False
    ).eval()
    choices = [
        Choice(prompt=tuple(row["prompt"]), answers=tuple(map(tuple, row["answers"])))
        for row in task["rows"]
    ]
    loaded = LoadedModel(model=model, device=torch.device("cpu"))
    ways: dict[str, Way] = {
        "ours": lambda rows: _by_scores(loaded, rows),
        "generation": lambda rows: [_generated(model, row, task["pad_id"]) for row in rows],
        "per_label": lambda rows: [_by_label(model, row) for row in rows],
    }
    half = len(choices) // 2
    seconds = dict.fromkeys(ways, 0.0)
    found: dict[str, list[int]] = {name: [] for name in ways}
    for part in (choices[:half], choices[half:]):
        for name, way in ways.items():
            # Ours gains by the number of rows, so it gets all of them each time, and counts half.
            rows = choices if name == "ours" else part
            started = time.process_time()
            labels = way(rows)
            seconds[name] += (time.process_time() - started) * len(part) / len(rows)
            found[name] = labels if name == "ours" else found[name] + labels
    n_same = sum(one == other for one, other in zip(found["ours"], found["per_label"], strict=True))
    return {"seconds": seconds, "n_same": n_same, "n_unread": found["generation"].count(-1)}


def _by_scores(loaded: LoadedModel, rows: Sequence[Choice]) -> list[int]:
    found = dict(score_choices(loaded, rows))
    return [_largest(found[index]) for index in range(len(rows))]


@torch.inference_mode()
def _generated(model: PreTrainedModel, row: Choice, pad_id: int) -> int:
    """What the model writes, where that is one of the labels."""
    ids = torch.tensor([row.prompt])
    written = model.generate(  # pyright: ignore[reportCallIssue]
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=_MAX_NEW_TOKENS,
        do_sample=False,
        pad_token_id=pad_id,
    )
    new = tuple(written[0, len(row.prompt) :].tolist())
    # The last token of a label ends it; a model may write a blank before that.
    texts = [label[:-1] for label in row.answers]
    fitting = [index for index, text in enumerate(texts) if new[: len(text)] == text]
    return fitting[0] if fitting else -1


@torch.inference_mode()
def _by_label(model: PreTrainedModel, row: Choice) -> int:
    """Row and label through the whole model, label by label; the first token of a label decides.

    That is what ours asks, too, where the first tokens differ.
    """
    scores: list[float] = []
    for label in row.answers:
        logits = model(input_ids=torch.tensor([row.prompt + label])).logits
        at_label = torch.log_softmax(logits[0, len(row.prompt) - 1].float(), dim=-1)
        scores.append(float(at_label[label[0]]))
    return _largest(scores)


def _largest(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


if __name__ == "__main__":
    answer(evaluate)
