"""A model on disk -> a model in memory."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel
from transformers.utils import logging

from tunesmith.engine.device import pick_device, pick_dtype
from tunesmith.wire.spec import ModelSpec

ADAPTER_CONFIG = "adapter_config.json"
"""What a folder has that holds an adapter, and not a whole model."""


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model that is ready to answer: in eval mode, with its adapter where it has one."""

    model: PreTrainedModel | PeftModel
    device: torch.device
    is_tuned: bool = False
    """It has an adapter, or weights of its own that are no longer the base model's."""

    @property
    def base(self) -> PreTrainedModel:
        """The transformers model; an adapter's layers, sitting inside it, still count."""
        return base_of(self.model)


def base_of(model: PreTrainedModel | PeftModel) -> PreTrainedModel:
    """The transformers model in an adapted one."""
    return (
        cast("PreTrainedModel", model.get_base_model()) if isinstance(model, PeftModel) else model
    )


def load_model(
    spec: ModelSpec, device: str = "auto", *, dtype: torch.dtype | None = None
) -> LoadedModel:
    """Load weights from safetensors; `dtype` None takes what is fastest on the device.

    Raises OSError or ValueError where the folder holds no model that transformers knows, and
    ValueError where 4-bit weights are asked for and what computes with them is not installed.
    """
    logging.disable_progress_bar()
    target = pick_device(device)
    dtype = dtype or pick_dtype(target)
    adapter, folder = spec.adapter, spec.path
    if adapter is not None and not (Path(adapter) / ADAPTER_CONFIG).exists():
        # Every weight of it was trained, and scored, in fp32.
        adapter, folder, dtype = None, adapter, torch.float32
    base = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        device_map=target,
        quantization_config=_four_bits(dtype) if spec.quantised else None,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
    )
    if spec.quantised:
        _keep_as_quantised(base)
    model = base
    if adapter is not None:
        with peft_without_noise():
            # The adapter stays in fp32, as it was trained.
            model = PeftModel.from_pretrained(base, adapter)
    return LoadedModel(model=model.eval(), device=target, is_tuned=spec.adapter is not None)


def _four_bits(dtype: torch.dtype) -> BitsAndBytesConfig:
    """NF4 with double quantisation, computed with in `dtype` (Dettmers et al. 2023)."""
    if find_spec("bitsandbytes") is None:
        fix = f"{sys.executable} -m pip install 'tunesmith[gpu]'"
        raise ValueError(f"4-bit weights need bitsandbytes, which is not installed: run `{fix}`")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def _keep_as_quantised(model: PreTrainedModel) -> None:
    """On some CPUs bitsandbytes rounds its weights once more, for ever, when they first answer.

    What answered no longer lets gradients through, and its layers do not say so.
    """
    for part in model.modules():
        if hasattr(part, "support_avx512bf16_for_cpu"):
            setattr(part, "support_avx512bf16_for_cpu", False)  # noqa: B010


@contextmanager
def peft_without_noise() -> Iterator[None]:
    """PEFT asks for a property of transformers by its old name, at every new adapter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        yield
