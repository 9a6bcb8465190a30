"""The files of an exported model, but for its card."""

import json
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
from peft import PeftModel
from transformers import AutoConfig, GenerationConfig, PreTrainedModel

from tunesmith.engine.checkpoint import MANIFEST, Manifest
from tunesmith.engine.models import ADAPTER_CONFIG, load_model
from tunesmith.prompt.encode import Encoder
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import JobSpec, ModelSpec
from tunesmith.wire.state import RunState

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
)


@dataclass(frozen=True, kw_only=True)
class TrainedRun:
    """A run that is over, with the weights that it kept."""

    run_dir: RunDir
    spec: JobSpec
    state: RunState
    checkpoint: Manifest

    @cached_property
    def adapter_config(self) -> dict[str, Any]:
        """As PEFT wrote it; empty where the run trained the model's own weights."""
        path = self.run_dir.adapter / ADAPTER_CONFIG
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    @property
    def is_whole_model(self) -> bool:
        """The run kept no adapter but a model."""
        return not self.adapter_config

    @property
    def no_merge(self) -> str | None:
        """Why nothing can be worked into the base's weights; None where that can be done."""
        if "num_virtual_tokens" in self.adapter_config:
            return f"{self.spec.method} learns what stands in front of a prompt, and no weights"
        if self.spec.model.quantised:
            return (
                f"{self.spec.method} was scored on a base in 4 bits, and merged into whole weights "
                "it would be another model"
            )
        return None

    @property
    def evaluated(self) -> ModelSpec:
        """The model that the run scored."""
        return replace(self.spec.model, adapter=str(self.run_dir.adapter))

    @property
    def dtype(self) -> torch.dtype:
        """The number format that it was scored in; full fine-tuning is always in fp32."""
        started = self.state.started
        if self.is_whole_model or started is None:
            return torch.float32
        return cast("torch.dtype", getattr(torch, started.dtype))

    @property
    def hub_name(self) -> str | None:
        """What the hub calls the base model; None for one that came from elsewhere."""
        kind, _, rest = self.spec.model.name.partition("/")
        return rest if kind == "hf" else None


def write_tokenizer(base: Path, folder: Path) -> None:
    """The tokenizer with its chat template, byte for byte, and how to generate. Raises OSError."""
    for name in TOKENIZER_FILES:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)
    _generation_config(base).save_pretrained(folder)


def _generation_config(base: Path) -> GenerationConfig:
    """Greedy, as the run was evaluated, and with every token that ends an answer."""
    try:
        own = GenerationConfig.from_pretrained(base, local_files_only=True)
    except OSError:
        own = GenerationConfig()
    eos_ids = Encoder.load(base).eos_ids
    return GenerationConfig(
        do_sample=False,
        bos_token_id=own.bos_token_id,
        eos_token_id=list(eos_ids),
        pad_token_id=eos_ids[0] if own.pad_token_id is None else own.pad_token_id,
        repetition_penalty=own.repetition_penalty,
    )


def write_adapter(run: TrainedRun, folder: Path) -> None:
    """PEFT's own files, the base named as the hub names it. Raises OSError."""
    for path in run.run_dir.adapter.iterdir():
        if path.name not in (MANIFEST, ADAPTER_CONFIG):
            shutil.copyfile(path, folder / path.name)
    base = {"base_model_name_or_path": run.hub_name or run.spec.model.path}
    text = json.dumps({**run.adapter_config, **base}, indent=2, sort_keys=True)
    (folder / ADAPTER_CONFIG).write_text(text + "\n", encoding="utf-8")


def formats(base: Path) -> list[torch.dtype]:
    """The number formats to try: that of the base model, then fp32."""
    own = AutoConfig.from_pretrained(base, local_files_only=True).dtype
    return [own, torch.float32] if own in (torch.bfloat16, torch.float16) else [torch.float32]


def merged_model(run: TrainedRun) -> PreTrainedModel:
    """The tuned model without an adapter, in fp32: in less, the merge itself would be rounded."""
    model = load_model(run.evaluated, "cpu", dtype=torch.float32).model
    if isinstance(model, PeftModel):
        return cast("PreTrainedModel", model.merge_and_unload(safe_merge=True))
    return model


def write_model(model: PreTrainedModel, dtype: torch.dtype, folder: Path) -> None:
    """Weights and configuration, beside the generation configuration that is there already.

    Raises OSError or SafetensorError.
    """
    model.generation_config = GenerationConfig.from_pretrained(folder)
    cast("torch.nn.Module", model).to(dtype)
    model.save_pretrained(folder)
    # safetensors writes them for their owner alone, and a server may run as somebody else.
    for weights in folder.glob("*.safetensors"):
        shutil.copymode(folder / "config.json", weights)
