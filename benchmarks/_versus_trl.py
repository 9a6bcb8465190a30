"""The contestant TRL: `SFTTrainer` with LoRA, loss on the completion only, by its own defaults."""

import tempfile

import torch
from datasets import Dataset
from peft import LoraConfig, TaskType
from transformers import AutoModelForCausalLM
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from benchmarks._versus_process import StepClock, Task, answer, peak_bytes
from tunesmith.engine.device import pick_dtype
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.score import Choice, score_choices

BATCH_SIZE = 8
_RANK, _ALPHA = 8, 32


def train(task: Task) -> Task:
    """Train as `task` says; seconds, memory, and what it then answers."""
    clock = StepClock()
    with tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(task, folder)
        trainer.add_callback(clock)
        trainer.train()
    peak = peak_bytes()
    return {
        "steps_s": clock.steps_s,
        "peak_bytes": peak,
        "accuracy": {split: _accuracy(trainer, rows) for split, rows in task["asked"].items()},
    }


def _trainer(task: Task, folder: str) -> SFTTrainer:
    """Rows come as tokens, so that they are those of everybody else to the last one."""
    columns = {"input_ids": [row["ids"] for row in task["rows"]]}
    columns["completion_mask"] = [[int(one) for one in row["mask"]] for row in task["rows"]]
    dtype = pick_dtype(torch.device("cpu"))
    model = AutoModelForCausalLM.from_pretrained(
        task["model"], dtype=dtype, local_files_only=True, trust_remote_code=False
    )
    config = SFTConfig(
        output_dir=folder,
        per_device_train_batch_size=BATCH_SIZE,
        learning_rate=task["lr"],
        num_train_epochs=1,
        max_steps=task["n_steps"],
        completion_only_loss=True,
        gradient_checkpointing=task["checkpointing"],
        max_length=None,
        bf16=dtype == torch.bfloat16,
        use_cpu=True,
        seed=task["seed"],
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    lora = LoraConfig(
        r=_RANK, lora_alpha=_ALPHA, target_modules="all-linear", task_type=TaskType.CAUSAL_LM
    )
    return SFTTrainer(
        model=model, args=config, train_dataset=Dataset.from_dict(columns), peft_config=lora
    )


def _accuracy(trainer: SFTTrainer, rows: list[Task]) -> float:
    """Share of right answers, read off as the answers of our own model are."""
    model = trainer.model
    assert isinstance(model, torch.nn.Module)
    loaded = LoadedModel(model=model.eval(), device=torch.device("cpu"), is_tuned=True)  # pyright: ignore[reportArgumentType]
    choices = [
        Choice(prompt=tuple(row["prompt"]), answers=tuple(map(tuple, row["answers"])))
        for row in rows
    ]
    right = [
        max(range(len(found)), key=found.__getitem__) == rows[index]["label"]
        for index, found in score_choices(loaded, choices)
    ]
    return sum(right) / len(right)


if __name__ == "__main__":
    answer(train)
