"""A job as a TRL script: what it trains on, and what it makes of it, is what our engine does."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from small_job import make_spec, run_job
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.engine.eject import eject
from tunesmith.engine.job_data import JobError
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import load_model
from tunesmith.wire.events import Step
from tunesmith.wire.export import EjectRun

# PEFT still asks transformers by an old name.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")


def job(workspace: Path, method: str = "lora", **train):
    """Two epochs over 56 rows in batches of 12: the last batch of each is smaller."""
    spec = make_spec(workspace)
    small = {"epochs": 2, "batch_size": 12, "lr": 0.003, "eval_steps": 5, "lr_probe": "off"}
    options = (*TRAINING_OPTIONS, *methods()[method].options)
    model = replace(spec.model, quantised=method == "qlora")
    return replace(
        spec, method=method, train=resolve_options(options, {**small, **train}), model=model
    )


def ejected(spec, folder: Path) -> tuple[str, ...]:
    return eject(EjectRun(spec=spec, folder=str(folder))).lines


def lines_of(path: Path) -> list:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def train_with_trl(folder: Path) -> list[dict]:
    """Run the script as a person does; what its trainer logged."""
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "56 rows have the token ids and masks that were written" in done.stdout
    (state,) = (folder / "out").glob("checkpoint-*/trainer_state.json")
    return json.loads(state.read_text())["log_history"]


def test_every_row_is_written_as_it_is_trained_on(tmp_path):
    spec = job(tmp_path)

    lines = ejected(spec, tmp_path / "out")

    run_dir, _ = run_job(spec)
    used = [json.loads(line) for line in run_dir.rows_path.read_text().splitlines()]
    hashes = {
        split: {line["row_hash"] for line in used if line["split"] == split}
        for split in ("train", "validation")
    }
    rows = lines_of(tmp_path / "out" / "data" / "train.jsonl")
    held_out = lines_of(tmp_path / "out" / "data" / "validation.jsonl")
    orders = lines_of(tmp_path / "out" / "data" / "order.jsonl")
    assert {row["row_hash"] for row in rows} == hashes["train"]
    assert {row["row_hash"] for row in held_out} == hashes["validation"]
    assert [sorted(order) for order in orders] == [list(range(56))] * 2
    assert orders[0] != orders[1]
    assert lines == (
        "train.py with 56 rows to train on, 10 steps",
        f"TRL {version('trl')} gives a model the same token ids and mask for all 56 rows",
    )


@pytest.mark.parametrize("method", ["lora", "full"])
def test_trl_takes_the_same_steps(tmp_path, method):
    spec = job(tmp_path, method)
    ejected(spec, tmp_path / "out")

    logged = train_with_trl(tmp_path / "out")

    run_dir, _ = run_job(spec)
    ours = [record.event for record in run_dir.read_records() if isinstance(record.event, Step)]
    theirs = [entry for entry in logged if "loss" in entry]
    assert len(ours) == len(theirs) == 10
    assert theirs[0]["loss"] == pytest.approx(ours[0].loss, abs=1e-4)
    assert [entry["loss"] for entry in theirs] == pytest.approx(
        [step.loss for step in ours], abs=1e-3
    )
    assert [entry["learning_rate"] for entry in theirs] == pytest.approx(
        [step.lr for step in ours], rel=1e-6
    )
    assert (tmp_path / "out" / "model").is_dir()


@pytest.mark.parametrize("method", sorted(set(methods()) - {"full"}))
def test_the_script_makes_the_same_adapter(tmp_path, method):
    spec = job(tmp_path, method)
    ejected(spec, tmp_path / "out")
    text = (tmp_path / "out" / "train.py").read_text()
    code = text.partition("ADAPTER = ")[2].partition("\n)")[0] + "\n)"
    name = code.partition("(")[0]
    scope: dict[str, object] = {}

    exec(f"from peft import {name}\nfound = {code}", scope)

    base = load_model(replace(spec.model, quantised=False), "cpu", dtype=torch.float32).base
    model = tuning_methods()[method].attach(base, spec.train)
    ours = asdict(model.peft_config["default"])  # pyright: ignore
    theirs = asdict(scope["found"])  # pyright: ignore
    # Filled in as the adapter is put on a model.
    filled = {"base_model_name_or_path", "target_modules", "token_dim", "num_layers"}
    filled |= {"num_attention_heads", "num_transformer_submodules", "encoder_hidden_size"}
    assert theirs.get("target_modules") in (None, "all-linear")
    assert {key: value for key, value in ours.items() if key not in filled} == {
        key: value for key, value in theirs.items() if key not in filled
    }
    assert f"from peft import {name}\n" in text
    assert ("BitsAndBytesConfig" in text) == (method == "qlora")
    assert text.count("\n") < (130 if method == "qlora" else 120)


@pytest.mark.parametrize(
    ("train", "reason"),
    [
        ({"balance": "weights"}, "TRL has no weights for classes; with balance: oversample it"),
        ({"loss": "row"}, "TRL counts tokens, not rows"),
    ],
)
def test_what_trl_cannot_do_is_refused(tmp_path, train, reason):
    with pytest.raises(JobError, match=f"reviews.prompt cannot be ejected: {reason}"):
        ejected(job(tmp_path, **train), tmp_path / "out")


def test_rows_that_are_drawn_again_are_written_once(tmp_path):
    rows = [("good", "positive")] * 60 + [("bad", "negative")] * 20
    lines = [f"Film {number} is {word},{label}" for number, (word, label) in enumerate(rows)]
    spec = make_spec(tmp_path, "\n".join(["review,sentiment", *lines, ""]), balance="oversample")

    ejected(spec, tmp_path / "out")

    rows = lines_of(tmp_path / "out" / "data" / "train.jsonl")
    order, *_ = lines_of(tmp_path / "out" / "data" / "order.jsonl")
    drawn = Counter(tuple(rows[number]["labels"][-3:]) for number in order)
    assert len(rows) == 56
    assert sorted(drawn.values()) == [42, 42]
    assert set(order) == set(range(56))


def test_the_requirements_are_what_is_installed(tmp_path):
    ejected(job(tmp_path), tmp_path / "out")

    text = (tmp_path / "out" / "requirements.txt").read_text()

    assert f"torch=={torch.__version__.partition('+')[0]}\n" in text
    assert f"trl=={version('trl')}\n" in text
    assert "bitsandbytes" not in text
