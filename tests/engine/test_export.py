"""A run's model as a folder for others: it loads, answers the same, and says what it is."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from small_job import make_spec, reviews, run_job
from tiny import write_tiny_model
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.engine.checkpoint import verify_checkpoint
from tunesmith.engine.export import Check, ExportError, export, read_run, write_whole_model
from tunesmith.engine.export_check import Agreement, Answers, compare, find_questions
from tunesmith.engine.export_files import write_tokenizer
from tunesmith.engine.models import load_model
from tunesmith.models.registry import resolve
from tunesmith.prompt.encode import Encoder
from tunesmith.wire.export import ExportRun
from tunesmith.wire.run_dir import RunDir

# PEFT still asks transformers by an old name.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")

N_ROWS = 6
TOKENIZER = ["chat_template.jinja", "tokenizer.json", "tokenizer_config.json"]
ALIKE = (
    "Loaded again from the folder in float32, the {} writes the same as the evaluated model for "
    "6 of 6 test rows (greedy) and chooses the same label for 6."
)


def spec_for(workspace: Path, method: str):
    spec = make_spec(workspace)
    options = (*TRAINING_OPTIONS, *methods()[method].options)
    small = {"epochs": 1, "batch_size": 8, "lr": 0.01, "eval_steps": 7}
    evaluation = {**spec.eval, "test_rows": N_ROWS}
    train = resolve_options(options, small)
    return replace(spec, method=method, train=train, eval=evaluation)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A finished run of each kind of method, by its name."""
    found = {}
    for method in ("lora", "full", "p-tuning"):
        found[method], state = run_job(spec_for(tmp_path_factory.mktemp(method), method))
        assert state.status == "finished"
    return found


@pytest.fixture
def run_dir(runs, tmp_path):
    """A finished LoRA run that a test may spoil."""
    spec = runs["lora"].read_spec()
    workspace = tmp_path / "workspace"
    shutil.copytree(spec.workspace, workspace)
    mine = RunDir(workspace / ".tunesmith" / "runs" / "run")
    plain = json.loads(mine.spec_path.read_text())
    plain["workspace"] = str(workspace)
    plain["model"]["path"] = str(workspace / "tiny")
    mine.spec_path.write_text(json.dumps(plain))
    return mine


def exported(run_dir: RunDir, folder: Path, *, merge: bool = False) -> tuple[str, ...]:
    return export(ExportRun(run_dir=str(run_dir.path), folder=str(folder), merge=merge)).lines


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def written_by(model, folder: Path, run_dir: RunDir) -> list[list[int]]:
    """What plain transformers generate for the run's test rows, with the folder's tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    spec = run_dir.read_spec()
    questions = find_questions(spec, run_dir, Encoder.load(folder))
    found = []
    for question in questions:
        ids = torch.tensor([question.choice.prompt])
        output = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=8
        )
        found.append(output[0, ids.shape[1] :].tolist())
    assert len(found) == N_ROWS
    assert tokenizer.eos_token_id == 2
    return found


def run_by_the_card(folder: Path) -> list[int]:
    """The answer that the Python of the card gets."""
    card = (folder / "README.md").read_text()
    code = card.partition("```python\n")[2].partition("```")[0]
    scope: dict[str, Any] = {}
    exec(code.replace("FOLDER", str(folder)), scope)
    return scope["answer"].tolist()


@pytest.fixture(scope="module")
def adapter(runs, tmp_path_factory):
    """The adapter of the LoRA run: the folder, and what was said of it."""
    folder = tmp_path_factory.mktemp("exported") / "out"
    return folder, exported(runs["lora"], folder)


def test_an_adapter_loads_with_peft_alone(runs, adapter):
    run_dir, (folder, lines) = runs["lora"], adapter
    base = run_dir.read_spec().model.path

    weights = ["adapter_config.json", "adapter_model.safetensors"]
    assert names(folder) == sorted(["README.md", *weights, "generation_config.json", *TOKENIZER])
    step = verify_checkpoint(run_dir.adapter).step
    assert lines[0] == f"lora adapter of step {step}, on local/tiny"
    assert lines[-1] == ALIKE.format("adapter")
    first, second = (path / "adapter_model.safetensors" for path in (folder, run_dir.adapter))
    assert first.read_bytes() == second.read_bytes()
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), folder)
    kept = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), run_dir.adapter)
    assert written_by(loaded, folder, run_dir) == written_by(kept, folder, run_dir)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_merged_model_loads_with_transformers_alone(runs, tmp_path, method):
    run_dir, folder = runs[method], tmp_path / "out"

    lines = exported(run_dir, folder, merge=method == "lora")

    model = ["config.json", "generation_config.json", "model.safetensors"]
    assert names(folder) == sorted(["README.md", *model, *TOKENIZER])
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1
    assert lines[-1] == ALIKE.format("model")
    loaded = AutoModelForCausalLM.from_pretrained(folder)
    tuned = load_model(replace(run_dir.read_spec().model, adapter=str(run_dir.adapter)), "cpu")
    assert written_by(loaded, folder, run_dir) == written_by(tuned.model, folder, run_dir)
    assert loaded.generation_config.eos_token_id == [2]
    assert resolve("local/out", workspace=tmp_path).path == folder
    assert len(run_by_the_card(folder)) <= 32


def test_what_stands_in_front_of_a_prompt_is_no_part_of_a_model(runs, tmp_path):
    lines = exported(runs["p-tuning"], tmp_path / "out")

    assert lines[-1] == ALIKE.format("adapter")
    with pytest.raises(ExportError, match=r"run cannot be merged: p-tuning learns what stands in"):
        exported(runs["p-tuning"], tmp_path / "merged", merge=True)


def test_an_adapter_of_a_base_in_4_bits_is_not_merged(run_dir, tmp_path):
    plain = json.loads(run_dir.spec_path.read_text())
    plain["model"]["quantised"] = True
    run_dir.spec_path.write_text(json.dumps(plain))

    with pytest.raises(ExportError, match=r"scored on a base in 4 bits.* Leave out --merge"):
        exported(run_dir, tmp_path / "out", merge=True)


def test_weights_are_kept_in_the_base_models_own_format(run_dir, tmp_path):
    config = Path(run_dir.read_spec().model.path) / "config.json"
    plain = {**json.loads(config.read_text()), "dtype": "bfloat16"}
    config.write_text(json.dumps(plain))

    lines = exported(run_dir, tmp_path / "out", merge=True)

    kept = json.loads((tmp_path / "out" / "config.json").read_text())["dtype"]
    assert kept == "bfloat16"
    assert "in bfloat16" in lines[-1]


def test_a_model_that_answers_otherwise_is_no_export(runs, tmp_path):
    run = read_run(runs["lora"])
    encoder = Encoder.load(Path(run.spec.model.path))
    questions = find_questions(run.spec, run.run_dir, encoder)
    other = Answers(greedy=((5,),) * N_ROWS, labels=("neutral",) * N_ROWS)
    check = Check(run=run, encoder=encoder, questions=questions, right=other)
    write_tokenizer(Path(run.spec.model.path), tmp_path)

    with pytest.raises(ExportError) as error:
        write_whole_model(check, tmp_path)

    assert str(error.value) == (
        "the model in float32 writes the same for 0 of 6 test rows, and chooses the same label "
        "for 0: nothing was exported. Without --merge the adapter is written as it is"
    )


def test_rows_are_compared_one_by_one():
    first = Answers(greedy=((1, 2), (3,), ()), labels=("a", "b", "a"))
    second = Answers(greedy=((1, 2), (4,), ()), labels=("a", "b", "b"))

    agreement = compare(first, second)

    assert agreement == Agreement(n_rows=3, n_greedy=2, n_labels=2)
    assert not agreement.is_whole
    assert compare(first, first).is_whole


def test_another_base_under_the_same_name_is_found_out(run_dir, tmp_path):
    write_tiny_model(Path(run_dir.read_spec().model.path), seed=1)
    # Rows whose labels the run was sure of, as it is after a longer training.
    lines = [json.loads(line) for line in run_dir.predictions_path.read_text().splitlines()]
    for line in lines:
        line["predicted"] = line["target"]
        line["probabilities"] = {
            label: float(label == line["target"]) for label in ("negative", "positive")
        }
    run_dir.predictions_path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    with pytest.raises(ExportError, match=r"otherwise than the run wrote down: .*tiny or a libr"):
        exported(run_dir, tmp_path / "out")


def test_rows_are_found_again_wherever_they_stand_now(run_dir, tmp_path):
    data = Path(run_dir.read_spec().workspace) / "reviews.csv"
    head, *rows = reviews(80).splitlines()
    data.write_text("\n".join([head, "A new film,positive", *reversed(rows), ""]))

    lines = exported(run_dir, tmp_path / "out")

    assert lines[-1] == ALIKE.format("adapter")


def test_rows_that_are_gone_are_counted(run_dir, tmp_path):
    used = [json.loads(line) for line in run_dir.rows_path.read_text().splitlines()]
    gone = {line["line"] for line in used if line["split"] == "test"}
    data = Path(run_dir.read_spec().workspace) / "reviews.csv"
    lines = reviews(80).splitlines()
    kept = [line for at, line in enumerate(lines, start=1) if at not in sorted(gone)[3:]]
    data.write_text("\n".join([*kept, ""]))

    told = exported(run_dir, tmp_path / "out")[-1]

    assert told == ("The data changed since the run: of 6 rows to ask about, it still holds 3.")


def test_without_its_rows_nothing_is_exported(run_dir, tmp_path):
    data = Path(run_dir.read_spec().workspace) / "reviews.csv"

    data.write_text("review,sentiment\nAnother film,positive\n")
    with pytest.raises(ExportError, match=r"reviews\.csv no longer holds the test rows"):
        exported(run_dir, tmp_path / "one")
    data.unlink()
    with pytest.raises(ExportError, match=r"reviews\.csv: cannot be read \(No such file"):
        exported(run_dir, tmp_path / "two")


def test_a_run_that_was_cancelled_says_so(run_dir, tmp_path):
    records = [json.loads(line) for line in run_dir.events_path.read_text().splitlines()]
    before = [record for record in records if record.get("split") != "test"][:-1]
    text = "".join(json.dumps(record) + "\n" for record in before)
    run_dir.events_path.write_text(text)
    run_dir.predictions_path.write_text("")

    lines = exported(run_dir, tmp_path / "out")

    card = (tmp_path / "out" / "README.md").read_text()
    score = read_run(run_dir).checkpoint.score
    assert lines[1] == (
        "the run did not finish: this is its best step so far, and was not scored on test"
    )
    assert "The run ended early and was never scored on test." in card
    assert f"by which its weights were chosen, they have {score:.3f}." in card


def test_the_card_says_what_the_run_knows(runs, adapter):
    run_dir = runs["lora"]
    spec, state = run_dir.read_spec(), run_dir.read_state()
    assert state.plan and state.finished and state.started

    _, front, card = (adapter[0] / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front) == {
        "license": "unknown",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["tunesmith", "lora", "classification"],
    }
    for fact in (spec.data.fingerprint, state.plan.split_id, spec.prompt.text.strip()):
        assert fact in card
    assert "56 train, 8 validation, 6 test" in card
    assert "| lr | 0.01 |" in card
    assert f"torch {state.started.versions['torch']}" in card
    assert state.finished.summary in card
    for found in state.evaluations[-5:]:
        for score in found.scores:
            assert f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})" in card
    assert '"content": "Review: <review>"' in card
    assert "vllm serve BASE --enable-lora --max-lora-rank 16 --lora-modules" in card


def test_the_card_of_a_plain_prompt_shows_its_text(tmp_path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    run_dir, _ = run_job(replace(spec_for(workspace, "lora"), template="plain"))

    exported(run_dir, tmp_path / "out")

    card = (tmp_path / "out" / "README.md").read_text()
    assert "- template: plain, the bare texts of the turns without a chat template" in card
    assert (
        'text = "Say whether the film review is positive or negative.\\nReview: <review>"' in card
    )
