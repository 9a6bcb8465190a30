"""The script that `tunesmith tune --eject` writes: constants of the job, then plain TRL."""

import json
from collections.abc import Iterator, Mapping

from tunesmith.wire.spec import JobSpec, Scalar

ADAPTERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "lora": ("LoraConfig", {"r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout"}),
    "prompt-tuning": ("PromptTuningConfig", {"num_virtual_tokens": "tokens"}),
    "prefix-tuning": ("PrefixTuningConfig", {"num_virtual_tokens": "tokens"}),
    "p-tuning": (
        "PromptEncoderConfig",
        {"num_virtual_tokens": "tokens", "encoder_hidden_size": "hidden_size"},
    ),
}
"""PEFT's class for a method, and its arguments by the names of our options."""
LORAS: Mapping[str, Mapping[str, bool]] = {
    "lora": {},
    "qlora": {},
    "dora": {"use_dora": True},
    "rslora": {"use_rslora": True},
}
"""What else PEFT's LoRA is told."""
METHODS = ("full", *LORAS, *(name for name in ADAPTERS if name != "lora"))


def write_script(spec: JobSpec, dtype: str, n_steps: int, *, is_mixed: bool) -> str:
    """`train.py` for a job whose weights are kept in `dtype`; `n_steps` are those of all.

    With `is_mixed` they are computed with in bf16.
    """
    name, adapter = _adapter(spec)
    places = {
        "PEFT": f"from peft import {name}\n" if name else "",
        "BITSANDBYTES": "from transformers import BitsAndBytesConfig\n" * spec.model.quantised,
        "CONSTANTS": "\n".join(_constants(spec, dtype, n_steps)),
        "MIXED": repr(is_mixed),
        "ADAPTER": adapter,
        "FOUR_BITS_CONFIG": _FOUR_BITS_CONFIG * spec.model.quantised,
        "FOUR_BITS": _FOUR_BITS * spec.model.quantised,
    }
    text = _SCRIPT
    for place, code in places.items():
        text = text.replace(f"<<{place}>>", code)
    return text


def _constants(spec: JobSpec, dtype: str, n_steps: int) -> Iterator[str]:
    """The settings of the job, every default resolved."""
    kind, _, name = spec.model.name.partition("/")
    train = spec.train
    values: dict[str, Scalar] = {
        "MODEL": name if kind == "hf" else spec.model.path,
        "DTYPE": dtype,
        "EPOCHS": train["epochs"],
        "BATCH_SIZE": train["batch_size"],
        "RATE": train["lr"],
        "SCHEDULE": train["schedule"],
        "N_STEPS": n_steps,
        "N_RISING": max(1, round(float(train["warmup"]) * n_steps)),
        "CLIP": train["clip"],
        "WEIGHT_DECAY": train["weight_decay"],
        "EVAL_STEPS": train["eval_steps"],
        "PATIENCE": train["patience"],
        "CHECKPOINTING": train["checkpointing"] == "on",
        "SEED": spec.seed,
    }
    for constant, value in values.items():
        yield f"{constant} = {_shown(value)}"


def _adapter(spec: JobSpec) -> tuple[str, str]:
    """What to import from PEFT, and the code that makes the method's configuration."""
    if spec.method == "full":
        return "", "None"
    name, arguments = ADAPTERS["lora" if spec.method in LORAS else spec.method]
    more: dict[str, Scalar] = {argument: spec.train[ours] for argument, ours in arguments.items()}
    if spec.method in LORAS:
        more |= {"target_modules": "all-linear", **LORAS[spec.method]}
    more["task_type"] = "CAUSAL_LM"
    parts = [f"{key}={_shown(value)}," for key, value in more.items()]
    lines = [f"    {' '.join(parts[at : at + 3])}\n" for at in range(0, len(parts), 3)]
    return name, f"{name}(\n{''.join(lines)})"


def _shown(value: Scalar) -> str:
    """As Python code."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


_FOUR_BITS = ", quantization_config=FOUR_BITS"
_FOUR_BITS_CONFIG = """
FOUR_BITS = BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="nf4",
    bnb_4bit_use_double_quant=True,
    bnb_4bit_compute_dtype=DTYPE,
)"""

_SCRIPT = '''\
"""Fine-tunes MODEL, by TRL alone, on the token ids in data/; a label of -100 is not learned."""

import json
import math
from hashlib import sha256
from pathlib import Path

import torch
from datasets import Dataset
<<PEFT>>from torch.optim.lr_scheduler import LambdaLR
<<BITSANDBYTES>>from transformers import AutoModelForCausalLM, AutoTokenizer, EarlyStoppingCallback
from trl import SFTConfig, SFTTrainer

<<CONSTANTS>>

HERE = Path(__file__).resolve().parent
ADAPTER = <<ADAPTER>><<FOUR_BITS_CONFIG>>


def read(name):
    """What the lines of a file in data/ hold."""
    return [json.loads(line) for line in (HERE / "data" / name).read_text().splitlines()]


def rate(done):
    """Share of the peak rate for the step that comes after `done` steps."""
    if done < N_RISING:
        return (done + 1) / N_RISING
    behind = min(1.0, (done + 1 - N_RISING) / (N_STEPS - N_RISING + 1))
    falls = {"cosine": (1 + math.cos(math.pi * behind)) / 2, "linear": 1 - behind}
    return falls.get(SCHEDULE, 1.0)


class InOrder(torch.utils.data.Sampler):
    """The rows of each epoch in the order in which they are drawn."""

    def __init__(self):
        self.epochs, self.epoch = read("order.jsonl"), 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return len(self.epochs[0])

    def __iter__(self):
        return iter(self.epochs[self.epoch])


class Trainer(SFTTrainer):
    """TRL's trainer with the order of the rows and the learning rates of the original."""

    def _get_train_sampler(self, train_dataset=None):
        return InOrder()

    def create_scheduler(self, num_training_steps, optimizer=None):
        self.lr_scheduler = LambdaLR(optimizer or self.optimizer, rate)
        return self.lr_scheduler

    def check(self):
        """Stop unless the model is given exactly the tokens and the mask that were written."""
        for row in self.train_dataset:
            batch = self.data_collator([row])
            labels = batch["labels"][0].tolist()
            seen = [batch["input_ids"][0].tolist(), [int(label != -100) for label in labels]]
            if sha256(json.dumps(seen).encode()).hexdigest() != row["row_hash"]:
                raise SystemExit(f"this TRL changes a row of data/train.jsonl: {row}")
        print(f"{len(self.train_dataset)} rows have the token ids and masks that were written")


if __name__ == "__main__":
    trainer = Trainer(
        model=AutoModelForCausalLM.from_pretrained(MODEL, dtype=DTYPE<<FOUR_BITS>>),
        processing_class=AutoTokenizer.from_pretrained(MODEL),
        peft_config=ADAPTER,
        train_dataset=Dataset.from_list(read("train.jsonl")),
        eval_dataset=Dataset.from_list(read("validation.jsonl")),
        callbacks=[EarlyStoppingCallback(PATIENCE)],
        args=SFTConfig(
            output_dir=str(HERE / "out"),
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH_SIZE,
            learning_rate=RATE,
            max_grad_norm=CLIP,
            weight_decay=WEIGHT_DECAY,
            optim="adamw_torch",
            gradient_checkpointing=CHECKPOINTING,
            max_length=None,
            bf16=<<MIXED>>,
            seed=SEED,
            logging_steps=1,
            eval_strategy="steps",
            eval_steps=EVAL_STEPS,
            save_steps=EVAL_STEPS,
            save_total_limit=1,
            load_best_model_at_end=True,
            report_to="none",
        ),
    )
    trainer.check()
    trainer.train()
    trainer.save_model(str(HERE / "model"))
'''
