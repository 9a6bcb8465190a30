"""The contestant of the tutorials: `Trainer` on the whole model in fp32, as recipes have it.

Every row is filled up to 128 tokens, every token of it is learned, and the model's loss meets the
head at every position.
"""

import tempfile
from collections.abc import Sequence

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

from benchmarks._versus_process import StepClock, Task, answer, peak_bytes

_LENGTH = 128
_LR = 5e-5


def train(task: Task) -> Task:
    """Train as `task` says; seconds and memory."""
    clock = StepClock()
    model = AutoModelForCausalLM.from_pretrained(
        task["model"], dtype=torch.float32, local_files_only=True, trust_remote_code=False
    )
    with tempfile.TemporaryDirectory() as folder:
        config = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=8,
            learning_rate=_LR,
            max_steps=task["n_steps"],
            use_cpu=True,
            seed=task["seed"],
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
        )
        data = Dataset.from_list([_filled(row["ids"], task["pad_id"]) for row in task["rows"]])
        trainer = Trainer(model=model, args=config, train_dataset=data)
        trainer.add_callback(clock)
        trainer.train()
    return {"steps_s": clock.steps_s, "peak_bytes": peak_bytes()}


def _filled(ids: Sequence[int], pad_id: int) -> dict[str, list[int]]:
    kept = list(ids[:_LENGTH])
    n_missing = _LENGTH - len(kept)
    filled = kept + [pad_id] * n_missing
    return {
        "input_ids": filled,
        "attention_mask": [1] * len(kept) + [0] * n_missing,
        "labels": filled,
    }


if __name__ == "__main__":
    answer(train)
