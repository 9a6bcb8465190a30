"""Models from disk to memory."""

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from tiny import write_tiny_model
from tunesmith.engine.device import pick_device, pick_dtype
from tunesmith.engine.models import load_model
from tunesmith.engine.score import Choice, score_choices
from tunesmith.wire.spec import ModelSpec

# PEFT still asks transformers by an old name.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")

CHOICES = [Choice(prompt=tuple(range(10, 30)), answers=((7, 2), (9, 2)))]


def write_adapter(spec: ModelSpec, folder: Path) -> ModelSpec:
    """A LoRA adapter that changes what the model says, as a training run leaves one."""
    base = load_model(spec, "cpu", dtype=torch.float32).base
    adapted = get_peft_model(base, LoraConfig(r=4, target_modules="all-linear"))
    torch.manual_seed(1)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    adapted.save_pretrained(str(folder))
    return ModelSpec(name="run/r1", path=spec.path, adapter=str(folder))


def test_a_model_is_loaded_ready_to_answer(tmp_path: Path) -> None:
    loaded = load_model(write_tiny_model(tmp_path), "cpu")

    assert not loaded.model.training
    assert loaded.device == torch.device("cpu")
    assert {weight.dtype for weight in loaded.model.parameters()} == {pick_dtype(loaded.device)}


def test_an_adapter_is_put_on_top_in_float32(tmp_path: Path) -> None:
    spec = write_tiny_model(tmp_path / "base")
    tuned = load_model(write_adapter(spec, tmp_path / "adapter"), "cpu", dtype=torch.bfloat16)

    assert isinstance(tuned.model, PeftModel)
    assert not tuned.model.training
    added = [weight for name, weight in tuned.model.named_parameters() if "lora_" in name]
    assert {weight.dtype for weight in added} == {torch.float32}


def test_scores_are_those_of_the_adapted_model(tmp_path: Path) -> None:
    spec = write_tiny_model(tmp_path / "base")
    base = load_model(spec, "cpu", dtype=torch.float32)
    tuned = load_model(write_adapter(spec, tmp_path / "adapter"), "cpu", dtype=torch.float32)

    ((_, before),) = score_choices(base, CHOICES)
    ((_, after),) = score_choices(tuned, CHOICES)

    logits = tuned.model(input_ids=torch.tensor([CHOICES[0].prompt])).logits[0, -1, [7, 9]]
    assert after == pytest.approx(torch.softmax(logits, dim=-1).tolist(), abs=1e-6)
    assert after != pytest.approx(before, abs=1e-3)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises((OSError, ValueError), match=r"config\.json|model_type"):
        load_model(ModelSpec(name="local/x", path=str(tmp_path)), "cpu")


def test_half_precision_is_never_chosen() -> None:
    device = pick_device()

    assert pick_dtype(device) in (torch.float32, torch.bfloat16)
    assert pick_dtype(device) is pick_dtype(device)
    assert pick_dtype(torch.device("mps")) is torch.float32
