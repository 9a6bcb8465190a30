"""Numbers of a run in a tracker of one's own."""

import sys
from dataclasses import replace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from small_job import failure, make_spec, run_job
from tunesmith.engine import tracking
from tunesmith.wire.events import Step

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_steps_and_scores_are_in_the_event_file(tmp_path):
    spec = make_spec(tmp_path, epochs=1, track="tensorboard")

    run_dir, state = run_job(spec)

    events = EventAccumulator(str(run_dir.path / "track" / "reviews"))
    events.Reload()
    steps = [r.event for r in run_dir.read_records() if isinstance(r.event, Step)]
    losses = [(point.step, point.value) for point in events.Scalars("train/loss")]
    assert state.status == "finished"
    assert losses == [(step.step, pytest.approx(step.loss)) for step in steps]
    last = events.Scalars("validation/tuned/accuracy")[-1]
    right = [e for e in state.evaluations if (e.model, e.split) == ("tuned", "validation")][-1]
    assert (last.step, last.value) == (7, pytest.approx(right.scores[0].value))
    assert {"train/lr", "train/grad_norm", "train/tokens_per_s", "test/base/accuracy"} <= set(
        events.Tags()["scalars"]
    )


def test_a_tracker_that_is_not_installed_is_named_before_the_first_step(tmp_path, monkeypatch):
    monkeypatch.setattr(tracking, "find_spec", lambda _name: None)
    spec = replace(make_spec(tmp_path, track="mlflow"), kind="plan")

    _, state = run_job(spec)

    assert failure(state).message == (
        "track: mlflow needs the package mlflow: run "
        f"`{sys.executable} -m pip install 'tunesmith[track]'`, or set track: none"
    )


def test_a_tracker_that_fails_leaves_the_run_alone(tmp_path, monkeypatch):
    def fail(*_args, **_kwargs):
        raise ConnectionError("no answer from the server\nat 10.0.0.1")

    monkeypatch.setattr("accelerate.tracking.TensorBoardTracker.log", fail)

    _, state = run_job(make_spec(tmp_path, epochs=1, track="tensorboard"))

    assert state.status == "finished"
    assert (
        "tensorboard gets no more numbers of this run (no answer from the server); the run has "
        "them all."
    ) in state.warnings
