"""A model on disk -> a model in memory."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.utils import logging

from tunesmith.engine.device import pick_device, pick_dtype
from tunesmith.wire.spec import ModelSpec


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

    Raises OSError or ValueError where the folder holds no model that transformers knows.
    """
    logging.disable_progress_bar()
    target = pick_device(device)
    base = AutoModelForCausalLM.from_pretrained(
        spec.path,
        dtype=dtype or pick_dtype(target),
        device_map=target,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
    )
    with peft_without_noise():
        # The adapter stays in fp32, as it was trained.
        model = base if spec.adapter is None else PeftModel.from_pretrained(base, spec.adapter)
    return LoadedModel(model=model.eval(), device=target, is_tuned=spec.adapter is not None)


@contextmanager
def peft_without_noise() -> Iterator[None]:
    """PEFT asks for a property of transformers by its old name, at every new adapter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        yield
