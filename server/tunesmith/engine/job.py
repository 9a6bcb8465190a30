"""A run, from its spec to its report; `__main__.py` makes a process of it.

It reads `spec.json`, does what it says, and tells the run folder about it. It stands in a session
of its own, so that it outlives the editor and the server that asked for it.
"""

import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch

from tunesmith.catalog.tasks import TASKS
from tunesmith.engine.beginning import begin
from tunesmith.engine.bench import (
    SPLITS,
    Bench,
    Material,
    RowLine,
    prepare,
    write_rows,
    write_skipped,
)
from tunesmith.engine.cancel import CancelSwitch, JobCancelled
from tunesmith.engine.checkpoint import CheckpointError
from tunesmith.engine.contest import fit_simple, hold_contest
from tunesmith.engine.distributed import Team, TeamLost, is_follower, team_of_this_process
from tunesmith.engine.evaluate import Interrupted
from tunesmith.engine.follow import follow
from tunesmith.engine.generate import Stopped
from tunesmith.engine.job_data import (
    JobError,
    JobRows,
    few_rows,
    load_rows,
    refuse_known,
    text_hash,
)
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.out_of_memory import MemoryFull
from tunesmith.engine.promise import refuse_other_tokens
from tunesmith.engine.report import write_report
from tunesmith.engine.reporter import Reporter, RunIsTaken
from tunesmith.engine.sampler import Sampler
from tunesmith.engine.scoreboard import Scoreboard
from tunesmith.engine.tracking import refuse_missing_tracker, tracking
from tunesmith.engine.train import Diverged
from tunesmith.engine.tuning import rehearse_run, tune
from tunesmith.engine.verdict import summarise
from tunesmith.metrics.detectable import smallest_difference
from tunesmith.prompt.encode import EncodeError, Encoder
from tunesmith.prompt.parse import parse
from tunesmith.wire.codec import loads
from tunesmith.wire.events import Cancelled, Failed, Finished, Plan, Split, Warned
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import JobSpec


def do_run(spec: JobSpec, run_dir: RunDir) -> int:
    """Do the run as what this process is for; 0 where it finished."""
    switch = CancelSwitch(run_dir)
    switch.listen()
    if is_follower():
        return follow(spec)
    try:
        with Reporter(run_dir) as reporter:
            do_job(spec, run_dir, reporter, switch)
            return 0 if reporter.state.status == "finished" else 1
    except (OSError, RunIsTaken) as error:
        print(f"tunesmith: {error}", file=sys.stderr)
        return 2


def do_job(spec: JobSpec, run_dir: RunDir, reporter: Reporter, switch: CancelSwitch) -> None:
    """Do the run, and say how it ended whatever happens."""
    try:
        with team_of_this_process() as team, tracking(spec, reporter):
            _do(spec, run_dir, reporter, switch, team)
    except (JobCancelled, Interrupted, Stopped):
        step, best = reporter.state.steps_done, reporter.state.checkpoint
        reporter.emit(Cancelled(step=step, checkpoint=best.path if best else None))
    except JobError as error:
        reporter.emit(Failed(message=str(error), path=error.path, line=error.line))
    except (Diverged, MemoryFull) as error:
        reporter.emit(Failed(message=str(error)))
    except (CheckpointError, TeamLost) as error:
        reporter.emit(Failed(message=f"{error}{_go_on(spec)}"))
    except torch.OutOfMemoryError as error:
        message = f"the device's memory is full: lower max_length in tunesmith.train ({error})"
        reporter.emit(Failed(message=message))
    # A fault of ours, or of a library: the run still has to end, and to say so.
    except Exception as error:
        traceback.print_exc()
        message = f"{type(error).__name__}: {error}. The run folder's job.log says where"
        reporter.emit(Failed(message=message + _go_on(spec)))


def _go_on(spec: JobSpec) -> str:
    if spec.kind != "train":
        return ""
    return f". Once that is mended, go on with `tunesmith tune --resume {spec.run_id}`"


def _do(
    spec: JobSpec, run_dir: RunDir, reporter: Reporter, switch: CancelSwitch, team: Team
) -> None:
    began = time.monotonic()
    standing = begin(spec, run_dir, reporter)
    refuse_missing_tracker(spec)
    material = _read_material(spec, run_dir, reporter, switch)
    reporter.emit(_plan(spec, material))
    switch.check()
    loaded = _load(spec, reporter, team)
    switch.check()
    with _bench(spec, run_dir, reporter, switch, material, loaded) as bench:
        if spec.kind == "plan":
            rehearse_run(bench)
            reporter.emit(_planned(time.monotonic() - began))
            return
        step = None
        if spec.kind == "train":
            loaded, step = tune(bench, standing, team)
        # After the training, whose first loss somebody waits for.
        contest = hold_contest(bench, loaded, fit_simple(bench), _judged_split(spec))
    write_report(spec, run_dir, material.rows)
    reporter.emit(
        Finished(
            report=run_dir.report_path.name,
            p_value=contest.p_value,
            seconds=time.monotonic() - began,
            summary=summarise(contest.evaluations, contest.p_value, step),
        )
    )


def _read_material(
    spec: JobSpec, run_dir: RunDir, reporter: Reporter, switch: CancelSwitch
) -> Material:
    """The job's rows. Raises JobError."""
    if spec.task not in TASKS:
        known = ", ".join(TASKS)
        message = f"{spec.prompt.path}: tunesmith.task is {spec.task}, and can be: {known}"
        raise JobError(message, path=spec.prompt.path)
    prompt = replace(parse(spec.prompt.text), defaults=spec.prompt.defaults)
    known = _known_rows(spec)
    rows = load_rows(spec, prompt, known["train"])
    _refuse_known_rows(spec, rows, known)
    if known["train"] - {text_hash(rows.text_of(row)) for row in rows.rows["train"]}:
        message = (
            f"{spec.data.train} no longer holds all rows that {spec.model.name} was trained on: "
            "the yardsticks learn from the rows that it holds now."
        )
        reporter.emit(Warned(message=message))
    encoder = _load_encoder(spec)
    material = prepare(spec, prompt, rows, encoder, switch.check)
    refuse_other_tokens(spec, prompt, encoder, material)
    write_rows(run_dir, material)
    write_skipped(run_dir, material)
    few = few_rows(spec, material.rows)
    if few and spec.kind != "evaluate":
        reporter.emit(Warned(message=few))
    return material


def _load_encoder(spec: JobSpec) -> Encoder:
    try:
        return Encoder.load(Path(spec.model.path)).using(spec.chat_template_kwargs)
    except EncodeError as error:
        raise JobError(f"{spec.model.name} cannot be loaded: {error}") from error


def _planned(seconds: float) -> Finished:
    return Finished(report="", seconds=seconds, summary="This is what training would take.")


def _judged_split(spec: JobSpec) -> Split:
    """Test is for the end of a training run, and for whoever asks for it by name."""
    if spec.kind != "evaluate":
        return "test"
    return "test" if spec.eval["split"] == "test" else "validation"


def _known_rows(spec: JobSpec) -> dict[Split, frozenset[str]]:
    """Hashes of the texts that the adapter's run used; none without one, or of a foreign one."""
    lines: list[str] = []
    if spec.model.adapter is not None:
        with suppress(FileNotFoundError):
            path = RunDir(Path(spec.model.adapter).parent).rows_path
            lines = path.read_text(encoding="utf-8").split("\n")
    rows = [loads(RowLine, line) for line in lines if line]
    return {
        split: frozenset(row.text_sha256 for row in rows if row.split == split) for split in SPLITS
    }


def _refuse_known_rows(spec: JobSpec, rows: JobRows, known: Mapping[Split, frozenset[str]]) -> None:
    refuse_known(rows, "validation", known["train"], spec.model.name, how="trained on")
    if _judged_split(spec) == "test":
        refuse_known(rows, "test", known["train"], spec.model.name, how="trained on")
        refuse_known(rows, "test", known["validation"], spec.model.name, how="chosen by")


def _plan(spec: JobSpec, material: Material) -> Plan:
    n_rows = {split: len(found) for split, found in material.rows.rows.items()}
    is_training = spec.kind != "evaluate"
    settings = {**spec.train, **spec.eval, "seed": spec.seed}
    if is_training:
        # It is judged on test, whatever an evaluation by itself would look at.
        settings.pop("split", None)
    return Plan(
        n_train=n_rows["train"],
        n_validation=n_rows["validation"],
        n_test=n_rows["test"],
        n_dropped=material.n_dropped,
        n_skipped=material.n_skipped,
        n_steps=_n_steps(spec, material) if is_training else 0,
        labels=spec.data.labels,
        settings=settings,
        sources=spec.sources,
        split_id=material.rows.split_id,
        detectable=smallest_difference(n_rows["test"]),
    )


def _n_steps(spec: JobSpec, material: Material) -> int:
    sampler = Sampler.of(material.train, spec.train, spec.seed)
    return int(spec.train["epochs"]) * sampler.n_steps


def _load(spec: JobSpec, reporter: Reporter, team: Team) -> LoadedModel:
    started = reporter.state.started
    dtype = team.from_first(lambda: getattr(torch, started.dtype) if started else None)
    try:
        return load_model(spec.model, dtype=dtype)
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
    with run_dir.predictions_path.open("a", encoding="utf-8", newline="\n") as file:
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
