"""Several processes learn what one does, and end together."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from small_job import make_run, make_spec, run_job
from tunesmith.jobs.backends.local import BACKEND
from tunesmith.settings import Settings
from tunesmith.wire.events import Started, Step
from tunesmith.wire.run_dir import RunDir


@pytest.fixture
def spec(tmp_path):
    # The last of the batches of five has one row, and so nothing for the second process.
    return replace(make_spec(tmp_path, processes=2, epochs=1, batch_size=5), dtype="float32")


def steps_of(run_dir: RunDir) -> list[Step]:
    return [record.event for record in run_dir.read_records() if isinstance(record.event, Step)]


def processes_of(run_dir: RunDir) -> set[int]:
    """Every process that has the run folder on its command line."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(run_dir.path) in path.read_text():
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def wait_until(condition) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to it")


def test_two_processes_learn_what_one_does(spec):
    one, _ = run_job(spec, "one")
    two = make_run(spec, "two")

    handle = BACKEND.start(two, Settings())
    wait_until(lambda: not BACKEND.is_alive(handle))

    state = two.read_state()
    assert state.status == "finished", two.log_path.read_text()
    assert isinstance(state.started, Started) and state.started.pid == handle.pid
    assert state.plan and state.plan.n_train == 56
    steps, right = steps_of(two), steps_of(one)
    assert [step.step for step in steps] == list(range(1, 13))
    for step, expected in zip(steps, right, strict=True):
        assert step.loss == pytest.approx(expected.loss, abs=1e-5)
        assert step.grad_norm == pytest.approx(expected.grad_norm, rel=1e-4)
    weights, others = (load_file(run.adapter / "adapter_model.safetensors") for run in (two, one))
    assert weights.keys() == others.keys()
    for name, weight in weights.items():
        assert torch.allclose(weight, others[name], atol=1e-4), name


def test_they_end_together_and_go_on_together(spec):
    run_dir = make_run(replace(spec, train={**spec.train, "epochs": 100, "patience": 1000}), "two")

    handle = BACKEND.start(run_dir, Settings())
    # The last look, and with it what there is to go on from, was at step 7.
    wait_until(lambda: len(steps_of(run_dir)) >= 9)
    n_working = len(processes_of(run_dir))
    run_dir.cancel_path.touch()
    wait_until(lambda: not BACKEND.is_alive(handle) and not processes_of(run_dir))
    cancelled, before = run_dir.read_state(), steps_of(run_dir)
    run_dir.cancel_path.unlink()
    handle = BACKEND.start(run_dir, Settings())
    wait_until(lambda: len(steps_of(run_dir)) > 2 * len(before))
    BACKEND.stop(handle, force=True)
    wait_until(lambda: not processes_of(run_dir))

    # torchrun and the two that it started.
    assert n_working == 3
    assert cancelled.status == "cancelled", run_dir.log_path.read_text()
    assert run_dir.read_state().resumed, run_dir.log_path.read_text()
    again = {step.step: step.loss for step in steps_of(run_dir)[len(before) :]}
    twice = [step for step in before if step.step in again]
    assert twice
    assert [again[step.step] for step in twice] == [step.loss for step in twice]


def test_what_processes_say_reaches_the_others(tmp_path):
    script = Path(__file__).parent / "team_script.py"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]

    done = subprocess.run(
        [
            *torchrun,
            "--nproc-per-node",
            "2",
            "--local-addr",
            "localhost",
            str(script),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first["shares"] == [[5], [3, 5, 9]]
    assert second["shares"] == [[], [4, 7]]
    assert [first["from_first"], second["from_first"]] == ["rank 0", "rank 0"]
    assert first["first_fails"] == "ValueError: no room"
    assert second["first_fails"] == "TeamLost: the first process of the run has ended it"
    assert [first["total"], second["total"]] == [4.0, 4.0]
    assert first["second_fails"] == "TeamLost: process 1 of the run failed: no room"
    assert second["second_fails"] == "ValueError: no room"
    assert first["added"] == second["added"] == [[3.0, 6.0], [5.0, 7.0], None]
    assert first["spread"] == second["spread"] == [3.0, 3.0]
