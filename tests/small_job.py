"""A small job with the tiny model: a workspace, its data, and the run folder to do it in."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tiny import write_tiny_model
from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.data.fingerprint import fingerprint_of
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.job import do_job
from tunesmith.engine.reporter import Reporter
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Failed
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import DataSpec, JobSpec, PromptSpec, Scalar
from tunesmith.wire.state import RunState

PROMPT = """---
input: {schema: {review: string}}
---
{{role "system"}}Say whether the film review is positive or negative.
{{role "user"}}Review: {{review}}
"""
LABELS = ("negative", "positive")
WORDS = {"negative": ("bad", "dull", "poor"), "positive": ("good", "fine", "great")}


def reviews(n_rows: int) -> str:
    """A CSV in which one word of each row decides its class."""
    lines = ["review,sentiment"]
    for number in range(n_rows):
        label = LABELS[number % 2]
        word = WORDS[label][number // 2 % 3]
        lines.append(f"Film {number} is {word},{label}")
    return "\n".join(lines) + "\n"


def make_spec(workspace: Path, csv: str | None = None, **train: Scalar) -> JobSpec:
    """A job on `workspace/reviews.csv`; `train` are options in place of these."""
    (workspace / "reviews.csv").write_text(reviews(80) if csv is None else csv, encoding="utf-8")
    small: dict[str, Scalar] = {"epochs": 3, "batch_size": 8, "lr": 0.02, "eval_steps": 7}
    options = (*TRAINING_OPTIONS, *methods()["lora"].options)
    spec = JobSpec(
        run_id="run",
        kind="train",
        workspace=str(workspace),
        prompt=PromptSpec(
            path="reviews.prompt", text=PROMPT, render_hash="render", settings_hash="settings"
        ),
        data=DataSpec(train="reviews.csv", target="sentiment", labels=LABELS, fingerprint=""),
        model=write_tiny_model(workspace / "tiny"),
        task="classification",
        template="chat",
        method="lora",
        train=resolve_options(options, {**small, **train}),
        eval=resolve_options(EVALUATION_OPTIONS, {}),
        seed=0,
        command="tunesmith tune reviews.prompt --seed 0",
        version="0",
    )
    return with_files(spec)


def with_files(spec: JobSpec, **files: str) -> JobSpec:
    """The same job, of the data as it is now, with files of its own for validation or test."""
    data = replace(spec.data, **files)
    paths = [
        Path(spec.workspace) / name for name in (data.train, data.validation, data.test) if name
    ]
    contents = [path.read_bytes() for path in paths if path.exists()]
    return replace(spec, data=replace(data, fingerprint=fingerprint_of(contents)))


def make_run(spec: JobSpec, name: str = "run") -> RunDir:
    """Submit the job: its folder, with nothing but the spec in it."""
    run_dir = RunDir(Path(spec.workspace) / ".tunesmith" / "runs" / name)
    run_dir.path.mkdir(parents=True)
    run_dir.spec_path.write_text(dumps(spec) + "\n", encoding="utf-8")
    return run_dir


def run_job(spec: JobSpec, name: str = "run") -> tuple[RunDir, RunState]:
    """Do the job in this process; the folder, and the state that it ended in."""
    run_dir = make_run(spec, name)
    with Reporter(run_dir) as reporter:
        do_job(spec, run_dir, reporter, CancelSwitch(run_dir))
        return run_dir, reporter.state


def rows_of(run_dir: RunDir) -> list[dict[str, Any]]:
    """The lines of `rows.jsonl`."""
    return [json.loads(line) for line in run_dir.rows_path.read_text().splitlines()]


def failure(state: RunState) -> Failed:
    """Why the job could not go on."""
    assert state.failed is not None
    return state.failed
