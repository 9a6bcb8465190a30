"""Every method on the builtin model: it learns real rows, and plain libraries load what is saved.

The answers of the loaded adapter come from PEFT's own forward pass, in which nothing is shared and
nothing is ours.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from asking import make_asker, to_questions
from peft import PeftModel
from tiny_loop import OPTIONS, Recorder, run
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel

from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.data.table import read_table
from tunesmith.engine.checkpoint import save_checkpoint
from tunesmith.engine.example import Example
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model, peft_without_noise
from tunesmith.engine.score import Choice, score_choices
from tunesmith.models.registry import resolve
from tunesmith.prompt.extension import BUILTIN_MODEL
from tunesmith.wire.spec import ModelSpec

REVIEWS = Path(__file__).parents[2] / "prompts" / "data" / "product-reviews.en.csv"
RATES = {
    "dora": 0.003,
    "full": 0.0001,
    "lora": 0.003,
    "p-tuning": 0.01,
    "prefix-tuning": 0.01,
    "prompt-tuning": 0.05,
    "qlora": 0.003,
    "rslora": 0.001,
}
NF4 = BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="nf4",
    bnb_4bit_use_double_quant=True,
    bnb_4bit_compute_dtype=torch.float32,
)
CLOSE = {"qlora": 0.02}
"""Left to itself, bitsandbytes answers in bf16 on some CPUs, whatever it is told."""
WHOLE = {"config.json", "generation_config.json", "manifest.json", "model.safetensors"}
ADAPTER = {"adapter_config.json", "adapter_model.safetensors", "manifest.json"}


@pytest.fixture(scope="module")
def spec() -> ModelSpec:
    place = resolve(BUILTIN_MODEL, workspace=Path())
    assert place.spec is not None, place.problem
    return place.spec


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A place for weights, which are too many to be left behind."""
    yield tmp_path / "step-1"
    shutil.rmtree(tmp_path)


def as_anybody_loads(spec: ModelSpec, folder: Path, method: str) -> PreTrainedModel | PeftModel:
    if method == "full":
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    base = AutoModelForCausalLM.from_pretrained(
        spec.path,
        dtype=torch.float32,
        quantization_config=NF4 if method == "qlora" else None,
    )
    with peft_without_noise():
        return PeftModel.from_pretrained(base, folder)


def plain_scores(model: PreTrainedModel | PeftModel, choice: Choice) -> tuple[float, ...]:
    """Shares of the labels' first tokens, by the model's own forward pass over one row."""
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([choice.prompt])).logits[0, -1]
    return tuple(torch.softmax(logits[[answer[0] for answer in choice.answers]], -1).tolist())


@pytest.mark.parametrize("method", tuning_methods())
def test_a_method_learns_and_plain_libraries_load_it(method: str, spec: ModelSpec, folder: Path):
    asker = make_asker(spec)
    examples = [
        Example(
            row_id=str(row.line),
            values={"review": row.values["text"]},
            target=row.values["sentiment"],
        )
        for row in read_table(REVIEWS).rows[1:3]
    ]
    choices = [question.choice for question in to_questions(asker, examples)]
    quantised = replace(spec, quantised=methods()[method].quantised)
    loaded = load_model(quantised, "cpu", dtype=torch.float32)
    torch.manual_seed(0)
    options = resolve_options(methods()[method].options, {})
    tuned = tuning_methods()[method].attach(loaded.base, options)
    loaded = LoadedModel(model=tuned, device=loaded.device, is_tuned=True)

    recorder = Recorder()
    wanted = replace(OPTIONS, lr=RATES[method], eval_steps=100)
    run(loaded, recorder, wanted, rows=[asker.encoded(one) for one in examples])
    losses = [step.loss for step in recorder.steps]
    loaded.model.eval()
    scores = [found for _, found in sorted(score_choices(loaded, choices))]
    save_checkpoint(loaded.model, folder, step=6, score=0.5)
    again = as_anybody_loads(spec, folder, method)

    assert losses[-1] < 0.9 * losses[0]
    for choice, found in zip(choices, scores, strict=True):
        assert found == pytest.approx(plain_scores(again, choice), abs=CLOSE.get(method, 1e-4))
    assert {path.name for path in folder.iterdir()} == (WHOLE if method == "full" else ADAPTER)
    if method != "full":
        config = json.loads((folder / "adapter_config.json").read_text())
        assert (config["base_model_name_or_path"], config["task_type"]) == (spec.path, "CAUSAL_LM")
        # What else an adapter may hold, inference servers refuse.
        assert not config.get("modules_to_save")
