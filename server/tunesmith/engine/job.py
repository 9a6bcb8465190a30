"""A run as a process: `python -m tunesmith.engine.job RUN_DIR`.

It reads `spec.json`, does what it says, and tells the run folder about it. It stands in a session
of its own, so that it outlives the editor and the server that asked for it.
"""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import torch

from tunesmith import __version__
from tunesmith.catalog.tasks import TASKS
from tunesmith.engine.bench import Bench, Material, prepare, write_rows
from tunesmith.engine.cancel import CancelSwitch, JobCancelled
from tunesmith.engine.checkpoint import CheckpointError
from tunesmith.engine.contest import hold_contest
from tunesmith.engine.device import pick_device, pick_dtype
from tunesmith.engine.evaluate import Interrupted
from tunesmith.engine.generate import Stopped
from tunesmith.engine.job_data import JobError, load_rows, refuse_trained_on
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.report import write_report
from tunesmith.engine.reporter import Reporter, RunIsTaken
from tunesmith.engine.scoreboard import Scoreboard
from tunesmith.engine.train import Diverged, LoopOptions
from tunesmith.engine.tuning import tune
from tunesmith.engine.verdict import summarise
from tunesmith.prompt.encode import Encoded, Encoder
from tunesmith.prompt.parse import parse
from tunesmith.wire.codec import WireError, loads
from tunesmith.wire.events import Cancelled, Failed, Finished, Plan, Split, Started
from tunesmith.wire.process import started_at
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import JobSpec

LIBRARIES = ("torch", "transformers", "peft", "accelerate", "tokenizers", "scikit-learn")


def main() -> int:
    """Do the run in the folder that the command line names; 0 where it finished."""
    run_dir = RunDir(Path(sys.argv[1]).resolve())
    switch = CancelSwitch(run_dir)
    switch.listen()
    try:
        spec = run_dir.read_spec()
        with Reporter(run_dir) as reporter:
            do_job(spec, run_dir, reporter, switch)
            return 0 if reporter.state.status == "finished" else 1
    except (OSError, WireError, RunIsTaken) as error:
        print(f"tunesmith: {error}", file=sys.stderr)
        return 2


def do_job(spec: JobSpec, run_dir: RunDir, reporter: Reporter, switch: CancelSwitch) -> None:
    """Do the run, and say how it ended whatever happens."""
    try:
        _do(spec, run_dir, reporter, switch)
    except (JobCancelled, Interrupted, Stopped):
        step, best = reporter.state.step, reporter.state.checkpoint
        reporter.emit(
            Cancelled(step=step.step if step else 0, checkpoint=best.path if best else None)
        )
    except JobError as error:
        reporter.emit(Failed(message=str(error), path=error.path, line=error.line))
    except (Diverged, CheckpointError) as error:
        reporter.emit(Failed(message=str(error)))
    except torch.OutOfMemoryError as error:
        message = f"the device's memory is full: lower max_length in tunesmith.train ({error})"
        reporter.emit(Failed(message=message))
    # A fault of ours, or of a library: the run still has to end, and to say so.
    except Exception as error:
        traceback.print_exc()
        message = f"{type(error).__name__}: {error}. The run folder's job.log says where"
        reporter.emit(Failed(message=message))


def _do(spec: JobSpec, run_dir: RunDir, reporter: Reporter, switch: CancelSwitch) -> None:
    began = time.monotonic()
    reporter.emit(_started())
    material, rows = _read_material(spec, run_dir)
    reporter.emit(_plan(spec, material, rows))
    switch.check()
    loaded = _load(spec)
    switch.check()
    with _bench(spec, run_dir, reporter, switch, material, loaded) as bench:
        step = 0
        if spec.kind == "train":
            # The base model first, so that every later number has something to beat.
            predictions = bench.predict(loaded, "validation", bench.board.quiet())
            base = bench.score("base", "validation", predictions)
            start = bench.judgement(base, predictions)
            loaded, step = tune(bench, rows, start)
        contest = hold_contest(bench, loaded, _judged_split(spec))
    write_report(spec, run_dir, material.rows)
    reporter.emit(
        Finished(
            report=run_dir.report_path.name,
            p_value=contest.p_value,
            seconds=time.monotonic() - began,
            summary=summarise(contest.evaluations, contest.p_value, step),
        )
    )


def _started() -> Started:
    device = pick_device()
    pid = os.getpid()
    return Started(
        pid=pid,
        pid_started=started_at(pid) or -1.0,
        device=str(device),
        dtype=str(pick_dtype(device)).removeprefix("torch."),
        versions={"tunesmith": __version__, **{name: version(name) for name in LIBRARIES}},
    )


def _read_material(spec: JobSpec, run_dir: RunDir) -> tuple[Material, list[Encoded]]:
    """The job's rows, and those to train on. Raises JobError."""
    if spec.task not in TASKS:
        known = ", ".join(TASKS)
        message = f"{spec.prompt.path}: tunesmith.task is {spec.task}, and can be: {known}"
        raise JobError(message, path=spec.prompt.path)
    prompt = parse(spec.prompt.text)
    rows = load_rows(spec, prompt)
    if spec.model.adapter is not None:
        trained = _trained_on(RunDir(Path(spec.model.adapter).parent))
        for split in dict.fromkeys(("validation", _judged_split(spec))):
            refuse_trained_on(rows, split, trained, spec.model.name)
    material = prepare(spec, prompt, rows, Encoder.load(Path(spec.model.path)))
    write_rows(run_dir, material)
    return material, material.train_rows(int(spec.train["max_length"]))


def _judged_split(spec: JobSpec) -> Split:
    """Test is for the end of a training run, and for whoever asks for it by name."""
    if spec.kind == "train":
        return "test"
    return "test" if spec.eval["split"] == "test" else "validation"


def _trained_on(run_dir: RunDir) -> frozenset[str]:
    """Hashes of the texts that a run's adapter has learned from; none for a foreign adapter."""
    try:
        lines = run_dir.rows_path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return frozenset()
    rows = [loads(dict, line) for line in lines]
    return frozenset(str(row["text_sha256"]) for row in rows if row["split"] == "train")


def _plan(spec: JobSpec, material: Material, rows: list[Encoded]) -> Plan:
    n_rows = {split: len(found) for split, found in material.rows.rows.items()}
    is_training = spec.kind == "train"
    return Plan(
        n_train=len(rows),
        n_validation=n_rows["validation"],
        n_test=n_rows["test"],
        n_dropped=n_rows["train"] - len(rows),
        n_steps=LoopOptions.read(spec.train).n_steps(len(rows)) if is_training else 0,
        labels=spec.data.labels,
        settings={**spec.train, **spec.eval, "seed": spec.seed},
        split_id=material.rows.split_id,
    )


def _load(spec: JobSpec) -> LoadedModel:
    try:
        return load_model(spec.model)
    except (OSError, ValueError) as error:
        raise JobError(f"{spec.model.name} cannot be loaded: {error}") from error


@contextmanager
def _bench(
    spec: JobSpec,
    run_dir: RunDir,
    reporter: Reporter,
    switch: CancelSwitch,
    material: Material,
    loaded: LoadedModel,
) -> Iterator[Bench]:
    task = TASKS[spec.task]
    with run_dir.predictions_path.open("w", encoding="utf-8", newline="\n") as file:
        yield Bench(
            spec=spec,
            run_dir=run_dir,
            task=task,
            material=material,
            loaded=loaded,
            reporter=reporter,
            switch=switch,
            board=Scoreboard(
                reporter,
                file,
                labels=spec.data.labels,
                metrics=task.metrics,
                should_stop=lambda: switch.is_on,
            ),
        )


if __name__ == "__main__":
    sys.exit(main())
