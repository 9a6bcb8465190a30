"""A run that was cut off and goes on: it ends with what it would have ended with undisturbed."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from small_job import failure, make_run, make_spec, run_job
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.download import file_sha256
from tunesmith.engine import checkpoint
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.job import do_job
from tunesmith.engine.reporter import Reporter
from tunesmith.plan.again import repeat_of
from tunesmith.wire.events import Checkpoint, Evaluation, Sample, Step, Warned
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.state import fold, settled

TRAIN = {"epochs": 3, "batch_size": 8, "lr": 0.02, "eval_steps": 5}
OWN = {
    "lora": {"dropout": 0.1},
    "p-tuning": {"tokens": 4, "hidden_size": 16},
    "full": {"lr": 0.002},
}


def spec_of(workspace: Path, method: str):
    workspace.mkdir(exist_ok=True)
    options = (*TRAINING_OPTIONS, *methods()[method].options)
    train = resolve_options(options, {**TRAIN, **OWN[method]})
    return replace(make_spec(workspace), method=method, train=train)


class Killed(BaseException):
    """What no `except Exception` holds back, as kill -9."""


class Fate:
    """Ends the job at one of the moments between which the disk changes."""

    def __init__(self, monkeypatch, last: int = -1):
        self.last = last
        self.n_moments = 0
        for place, name in ((checkpoint, "_sync"), (Path, "rename"), (shutil, "rmtree")):
            monkeypatch.setattr(place, name, self.at(getattr(place, name)))

    def at(self, act):
        def moment(*args, **kwargs):
            self.n_moments += 1
            if self.n_moments == self.last:
                raise Killed
            return act(*args, **kwargs)

        return moment


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """By method: the spec, what a run that nothing disturbs leaves behind, and its moments."""
    done = {}

    def get(method="lora"):
        if method not in done:
            spec = spec_of(tmp_path_factory.mktemp(method), method)
            with pytest.MonkeyPatch.context() as monkeypatch:
                fate = Fate(monkeypatch)
                run_dir, state = run_job(spec, "undisturbed")
            assert state.status == "finished", state.failed
            done[method] = (spec, what_came_out(run_dir), fate.n_moments)
        return done[method]

    return get


def what_came_out(run_dir: RunDir):
    """All numbers that do not depend on the clock, and the weights."""
    events = [record.event for record in settled(run_dir.read_records())]
    steps = [(e.step, e.loss, e.lr, e.grad_norm) for e in events if isinstance(e, Step)]
    samples = [event for event in events if isinstance(event, Sample)]
    scores = {
        (e.model, e.split, e.step): (e.n_rows, e.scores)
        for e in events
        if isinstance(e, Evaluation)
    }
    weights = {path.name: file_sha256(path) for path in run_dir.adapter.glob("*.safetensors")}
    predictions = sorted(run_dir.predictions_path.read_text(encoding="utf-8").splitlines())
    return steps, samples, scores, weights, predictions


def events_of(run_dir, kind):
    return [record.event for record in run_dir.read_records() if isinstance(record.event, kind)]


class StoppedAt(Reporter):
    """Asks the job to stop once it has done a step, or scored a model."""

    last = 0
    model = ""

    def emit(self, event):
        is_last = isinstance(event, Step) and event.step == self.last
        if is_last or (isinstance(event, Evaluation) and event.model == self.model):
            self.run_dir.cancel_path.touch()
        return super().emit(event)


def do(spec, run_dir, *, until: int = 0):
    """Start a job in the folder, whatever happened there before; the state it ends in."""
    run_dir.cancel_path.unlink(missing_ok=True)
    with StoppedAt(run_dir) as reporter:
        reporter.last = until
        do_job(spec, run_dir, reporter, CancelSwitch(run_dir))
        return reporter.state


def fresh_run(spec, name: str) -> RunDir:
    shutil.rmtree(Path(spec.workspace) / ".tunesmith" / "runs" / name, ignore_errors=True)
    return make_run(spec, name)


@pytest.fixture(scope="module")
def resumed(undisturbed):
    """By method: a run that was cancelled twice and has gone on twice, and its states."""
    done = {}

    def get(method="lora"):
        if method not in done:
            spec, _, _ = undisturbed(method)
            run_dir = fresh_run(spec, "resumed")
            states = [do(spec, run_dir, until=step) for step in (12, 13, 0)]
            done[method] = (run_dir, states)
        return done[method]

    return get


@pytest.mark.parametrize("method", OWN)
def test_a_cancelled_run_goes_on_as_if_nothing_had_happened(undisturbed, resumed, method):
    _, expected, _ = undisturbed(method)

    run_dir, states = resumed(method)

    assert [state.status for state in states] == ["cancelled", "cancelled", "finished"]
    assert [state.resumed and state.resumed.step for state in states] == [None, 10, 10]
    assert what_came_out(run_dir) == expected
    assert sorted(path.name for path in run_dir.checkpoints.iterdir()) == [
        "resume-21",
        f"step-{states[-1].checkpoint.step}",
    ]


def test_its_events_go_on_where_they_were(resumed):
    run_dir, states = resumed()
    records = list(run_dir.read_records())
    times = [record.at_s for record in records]
    steps = [record.event.step for record in records if isinstance(record.event, Step)]
    kinds = [record.event.kind for record in records]
    end = kinds.index("resumed")

    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert times == sorted(times)
    assert steps == [*range(1, 13), *range(11, 14), *range(11, 22)]
    assert kinds[end - 1 : end + 2] == ["cancelled", "resumed", "checkpoint"]
    assert states[-1] == run_dir.read_state() == fold(records)
    assert states[-1].cancelled is None
    looks = [found.step for found in states[-1].evaluations if found.model == "tuned"]
    assert looks == [5, 10, 15, 20, 21, None]


def test_the_rows_for_test_are_opened_once(resumed):
    run_dir, _ = resumed()

    on_test = [found.model for found in events_of(run_dir, Evaluation) if found.split == "test"]

    assert on_test == ["majority", "tfidf", "base", "prompted", "tuned"]


@pytest.mark.parametrize("share", [0.2, 0.55, 0.75, 0.95])
def test_a_death_between_any_two_writes_costs_nothing(undisturbed, monkeypatch, share):
    spec, expected, n_moments = undisturbed()
    run_dir = fresh_run(spec, "killed")
    Fate(monkeypatch, last=round(share * n_moments))

    with pytest.raises(Killed):
        do(spec, run_dir)
    state = do(spec, run_dir)

    assert state.status == "finished"
    assert what_came_out(run_dir) == expected


def test_a_job_that_is_killed_again_and_again_ends_with_the_same_weights(undisturbed):
    spec, expected, _ = undisturbed()
    run_dir = fresh_run(spec, "killed")
    command = [sys.executable, "-m", "tunesmith.engine", str(run_dir.path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    chance = random.Random(4)

    for _ in range(2):
        n_more = chance.randint(5, 30)
        before = len(list(run_dir.read_records()))
        with subprocess.Popen(command, env=environment, start_new_session=True) as job:
            while job.poll() is None and len(list(run_dir.read_records())) < before + n_more:
                time.sleep(0.002)
            os.killpg(job.pid, signal.SIGKILL)
    last = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert last.returncode == 0, last.stderr
    assert what_came_out(run_dir) == expected


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("training.safetensors", flip),
        ("progress.json", Path.unlink),
        ("manifest.json", shorten),
    ],
)
def test_a_damaged_state_is_noticed_and_the_run_done_anew(undisturbed, name, harm):
    spec, expected, _ = undisturbed()
    run_dir = fresh_run(spec, "damaged")
    do(spec, run_dir, until=12)

    harm(run_dir.checkpoints / "resume-10" / name)
    state = do(spec, run_dir)

    assert state.resumed
    assert (state.status, state.resumed.step) == ("finished", 0)
    assert any("resume-10" in warning for warning in state.warnings)
    assert what_came_out(run_dir) == expected


def test_the_state_before_a_damaged_one_is_used_where_it_is_still_there(undisturbed, monkeypatch):
    spec, expected, _ = undisturbed()
    run_dir = fresh_run(spec, "damaged")
    monkeypatch.setattr("tunesmith.engine.tuning.keep_only", lambda *_: None)
    do(spec, run_dir, until=12)
    monkeypatch.undo()

    flip(run_dir.checkpoints / "resume-10" / "training.safetensors")
    state = do(spec, run_dir)

    assert state.resumed
    assert (state.status, state.resumed.step) == ("finished", 5)
    assert what_came_out(run_dir) == expected


def test_a_best_step_that_is_damaged_is_not_gone_on_with(undisturbed):
    spec, expected, _ = undisturbed()
    run_dir = fresh_run(spec, "damaged")
    best = do(spec, run_dir, until=12).checkpoint
    assert best

    flip(run_dir.path / best.path / "adapter_model.safetensors")
    state = do(spec, run_dir)

    assert state.resumed
    assert state.resumed.step == 0
    assert any(best.path in warning for warning in state.warnings)
    assert what_came_out(run_dir) == expected


def test_a_disk_without_room_ends_the_run_and_costs_nothing(undisturbed, monkeypatch):
    spec, expected, _ = undisturbed()
    run_dir = fresh_run(spec, "full")
    usage = namedtuple("usage", "total used free")
    room = shutil.disk_usage(run_dir.path).free

    def free_until_a_look(_):
        is_looked_at = (run_dir.checkpoints / "resume-10").exists()
        return usage(room, 0, 10_000 if is_looked_at else room)

    monkeypatch.setattr("shutil.disk_usage", free_until_a_look)
    full = do(spec, run_dir)
    kept = sorted(path.name for path in run_dir.checkpoints.iterdir())
    monkeypatch.undo()
    resumed = do(spec, run_dir)

    message = failure(full).message
    assert "cannot be written" in message
    assert "are needed and 0 MB are free" in message
    assert message.endswith("go on with `tunesmith tune --resume run`")
    assert "resume-10" in kept
    assert resumed.status == "finished"
    assert what_came_out(run_dir) == expected


def test_a_patience_that_was_exhausted_stays_so(tmp_path):
    spec = make_spec(tmp_path, lr=0.3, eval_steps=2, patience=1)
    undisturbed, whole = run_job(spec, "undisturbed")
    run_dir = make_run(spec)

    with StoppedAt(run_dir) as reporter:
        # In the middle of the last part, in which all models are scored.
        reporter.model = "tfidf"
        do_job(spec, run_dir, reporter, CancelSwitch(run_dir))
    state = do(spec, run_dir)

    assert whole.steps_done < 21
    assert reporter.state.status == "cancelled"
    assert state.resumed
    assert (state.resumed.step, state.steps_done) == (whole.steps_done, whole.steps_done)
    assert what_came_out(run_dir) == what_came_out(undisturbed)


def test_a_run_that_is_repeated_has_the_same_weights(undisturbed):
    spec, expected, _ = undisturbed()
    started = RunDir(Path(spec.workspace) / ".tunesmith/runs/undisturbed").read_state().started

    run_dir, _ = run_job(repeat_of(spec, started, "again"), "again")

    assert what_came_out(run_dir) == expected


def test_what_the_first_job_computed_with_the_next_ones_do_too(undisturbed):
    spec, _, _ = undisturbed()
    run_dir = fresh_run(spec, "cut")
    do(replace(spec, dtype="bfloat16"), run_dir, until=3)

    state = do(spec, run_dir)

    assert state.started
    assert state.started.dtype == "bfloat16"
    losses = {e.loss for e in events_of(run_dir, Step) if e.step == 1}
    assert len(losses) == 1


def test_libraries_that_changed_since_are_named(undisturbed, monkeypatch):
    spec, _, _ = undisturbed()
    run_dir = fresh_run(spec, "cut")
    do(spec, run_dir, until=3)

    monkeypatch.setattr("tunesmith.engine.beginning.library_versions", lambda: {"torch": "9"})
    do(spec, run_dir, until=6)

    warning = events_of(run_dir, Warned)[-1].message
    assert warning.startswith("Since the run began, ")
    assert "torch is 9 and was" in warning
    assert events_of(run_dir, Checkpoint)
