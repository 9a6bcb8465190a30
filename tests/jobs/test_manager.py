import errno
import os
import signal
import stat
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.engines import (
    CRASHING,
    ENVIRONMENT,
    OBEDIENT,
    POLITE,
    QUICK,
    STUBBORN,
    UNLUCKY_ONCE,
    engine,
    spec,
)
from tunesmith.jobs.backend import BackendError, Handle, read_handle, write_handle
from tunesmith.jobs.manager import Grace, RunManager
from tunesmith.jobs.store import Run, RunStore
from tunesmith.settings import Settings
from tunesmith.wire.process import is_alive, started_at
from tunesmith.wire.run_dir import write_atomically


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def managed(workspace: Path, tmp_path: Path, body: str, grace: Grace | None = None) -> RunManager:
    return RunManager(RunStore(workspace), engine(tmp_path, body), grace)


def wait(manager: RunManager, run_id: str, done=lambda run: run.is_over) -> Run:
    """The run once it is as the test waits for; presses as the server does."""
    for _ in range(1000):
        manager.press(run_id)
        run = manager.store.run(run_id)
        if run is not None and done(run):
            return run
        time.sleep(0.02)
    raise AssertionError("the run never came to it")


def test_a_run_is_submitted_and_read_back(workspace, tmp_path):
    manager = managed(workspace, tmp_path, QUICK)

    run_id = manager.submit(spec(workspace, "20260101-a"))

    run = wait(manager, run_id)
    assert (run.run_id, run.status, run.state.warnings) == ("20260101-a", "finished", ("one",))
    assert run.spec == spec(workspace, "20260101-a")


def test_the_run_folder_is_private_and_git_does_not_see_it(workspace, tmp_path):
    manager = managed(workspace, tmp_path, QUICK)

    run_id = manager.submit(spec(workspace, "a"))

    wait(manager, run_id)
    folder = workspace / ".tunesmith" / "runs" / "a"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (workspace / ".tunesmith" / ".gitignore").read_text() == "*\n"


def test_a_job_has_a_session_of_its_own_and_no_input(workspace, tmp_path):
    manager = managed(workspace, tmp_path, ENVIRONMENT)

    run_id = manager.submit(spec(workspace, "a"))

    run = wait(manager, run_id)
    assert run.run_dir.log_path.read_text() == "false True True\n"


def test_a_run_id_is_taken_once(workspace, tmp_path):
    manager = managed(workspace, tmp_path, QUICK)
    manager.submit(spec(workspace, "a"))

    with pytest.raises(BackendError, match="File exists"):
        manager.submit(spec(workspace, "a"))

    assert wait(manager, "a").status == "finished"


@pytest.mark.parametrize("step", ["spec.json", "process.json"])
def test_a_disk_that_is_full_leaves_neither_folder_nor_job(workspace, tmp_path, monkeypatch, step):
    manager = managed(workspace, tmp_path, "time.sleep(60)")
    handles = []

    def write(path, text):
        if path.name == step:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_atomically(path, text)

    def write_handle_to_full_disk(run_dir, handle):
        handles.append(handle)
        write(run_dir.path / "process.json", "")

    monkeypatch.setattr("tunesmith.jobs.manager.write_atomically", write)
    monkeypatch.setattr("tunesmith.jobs.manager.write_handle", write_handle_to_full_disk)

    with pytest.raises(BackendError, match="No space left on device"):
        manager.submit(spec(workspace, "a"))

    assert list((workspace / ".tunesmith" / "runs").iterdir()) == []
    assert len(handles) == (step == "process.json")
    for handle in handles:
        for _ in range(500):
            if not is_alive(handle.pid, handle.started):
                break
            time.sleep(0.01)
        assert not is_alive(handle.pid, handle.started)


def test_cancelling_asks_with_a_file_first(workspace, tmp_path):
    manager = managed(workspace, tmp_path, OBEDIENT)
    run_id = manager.submit(spec(workspace, "a"))
    wait(manager, run_id, lambda run: run.status == "running")

    assert manager.cancel(run_id)

    run = wait(manager, run_id)
    assert run.status == "cancelled"
    assert run.state.cancelled and run.state.cancelled.checkpoint == "checkpoints/3"


def test_then_with_a_signal(workspace, tmp_path):
    manager = managed(workspace, tmp_path, POLITE, Grace(ask_s=0.0, signal_s=60.0))
    run_id = manager.submit(spec(workspace, "a"))
    wait(manager, run_id, lambda run: run.status == "running")

    manager.cancel(run_id)

    run = wait(manager, run_id)
    assert run.state.cancelled and run.state.cancelled.step == 5


def test_and_then_by_force(workspace, tmp_path):
    manager = managed(workspace, tmp_path, STUBBORN, Grace(ask_s=0.0, signal_s=0.0))
    run_id = manager.submit(spec(workspace, "a"))
    wait(manager, run_id, lambda run: run.status == "running")

    manager.cancel(run_id)

    # It could not say so itself, but it was asked to stop and it has stopped.
    assert wait(manager, run_id).status == "cancelled"


def test_a_run_that_was_cut_off_is_started_again_in_its_folder(workspace, tmp_path):
    manager = managed(workspace, tmp_path, UNLUCKY_ONCE)
    run_id = manager.submit(spec(workspace, "a"))
    lost = wait(manager, run_id)
    lost.run_dir.cancel_path.touch()

    manager.resume(run_id)

    run = wait(manager, run_id)
    assert (lost.status, lost.way_on) == ("lost", "tunesmith tune --resume a")
    assert (run.status, run.way_on, run.state.seq) == ("finished", None, 3)
    assert not run.run_dir.cancel_path.exists()


def test_a_run_is_resumed_by_one_job_however_many_ask(workspace, tmp_path):
    manager = managed(workspace, tmp_path, OBEDIENT)
    run_id = manager.submit(spec(workspace, "a"))
    manager.cancel(run_id)
    wait(manager, run_id, lambda run: run.status == "cancelled" and not is_job(run))

    def ask(_):
        try:
            # Each has a manager of its own, as two editors have.
            RunManager(RunStore(workspace), manager.settings).resume(run_id)
        except BackendError as error:
            return str(error)
        return "started"

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(ask, range(8)))

    assert answers == {
        "started": 1,
        "a is being done: see `tunesmith runs show a --follow`": 7,
    }
    manager.cancel(run_id)
    wait(manager, run_id, lambda run: run.status == "cancelled" and not is_job(run))
    log = (workspace / ".tunesmith" / "runs" / "a" / "events.jsonl").read_text()
    assert log.count('"kind": "started"') == 2


def is_job(run):
    handle = read_handle(run.run_dir)
    return handle is not None and is_alive(handle.pid, handle.started)


def test_a_resumed_job_is_asked_to_stop_with_patience_again(workspace, tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("tunesmith.jobs.manager.time", SimpleNamespace(monotonic=lambda: clock[0]))
    manager = managed(workspace, tmp_path, STUBBORN, Grace(ask_s=60.0, signal_s=60.0))
    run_id = manager.submit(spec(workspace, "a"))
    wait(manager, run_id, lambda run: run.status == "running")
    manager.cancel(run_id)
    for clock[0] in (100.0, 200.0):
        manager.press(run_id)
    wait(manager, run_id)
    manager.settings = engine(tmp_path, OBEDIENT)

    manager.resume(run_id)
    wait(manager, run_id, lambda run: run.state.seq == 2)
    manager.cancel(run_id)

    # Had it been ended by force, it could not have said so.
    assert wait(manager, run_id).state.cancelled


def test_what_cannot_be_resumed_is_refused(workspace, tmp_path):
    manager = managed(workspace, tmp_path, QUICK)
    wait(manager, manager.submit(spec(workspace, "done")))
    evaluation = replace(spec(workspace, "eval"), kind="evaluate", command="tunesmith eval p")
    wait(manager, manager.submit(evaluation))
    broken = wait(manager, manager.submit(spec(workspace, "broken")))
    broken.run_dir.spec_path.write_text("{")
    refusals = {}

    for run_id in ("done", "eval", "broken", "gone", "../done"):
        with pytest.raises(BackendError) as error:
            manager.resume(run_id)
        refusals[run_id] = str(error.value)

    no_run = f"in {workspace}: see `tunesmith runs list`"
    assert refusals == {
        "done": "done is finished; to do it once more: `tunesmith runs repeat done`",
        "eval": "eval trained nothing: do it again with `tunesmith eval p`",
        "broken": "broken: its spec.json cannot be read",
        "gone": f"no run gone {no_run}",
        "../done": f"no run ../done {no_run}",
    }


def test_a_disk_that_is_full_leaves_no_resumed_job(workspace, tmp_path, monkeypatch):
    manager = managed(workspace, tmp_path, CRASHING)
    run_id = manager.submit(spec(workspace, "a"))
    before = wait(manager, run_id)
    manager.settings = engine(tmp_path, "time.sleep(60)")
    handles = []

    def refuse(_, handle):
        handles.append(handle)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tunesmith.jobs.manager.write_handle", refuse)
    with pytest.raises(BackendError, match="No space left on device"):
        manager.resume(run_id)

    for _ in range(500):
        if not is_alive(handles[0].pid, handles[0].started):
            break
        time.sleep(0.01)
    assert not is_alive(handles[0].pid, handles[0].started)
    assert manager.store.run(run_id) == before


def test_there_is_no_cancelling_what_is_not_there(workspace, tmp_path):
    manager = managed(workspace, tmp_path, QUICK)

    assert not manager.cancel("nothing")
    assert not manager.cancel("../../etc")


def test_a_job_that_died_is_lost(workspace, tmp_path):
    manager = managed(workspace, tmp_path, CRASHING)

    run_id = manager.submit(spec(workspace, "a"))

    assert wait(manager, run_id).status == "lost"


def test_another_manager_finds_the_run_and_stops_it(workspace, tmp_path):
    run_id = managed(workspace, tmp_path, OBEDIENT).submit(spec(workspace, "a"))
    other = managed(workspace, tmp_path, OBEDIENT)
    wait(other, run_id, lambda run: run.status == "running")

    other.cancel(run_id)

    assert wait(other, run_id).status == "cancelled"


def test_a_pid_that_now_belongs_to_somebody_else_is_never_signalled(workspace, tmp_path):
    manager = managed(workspace, tmp_path, QUICK, Grace(ask_s=0.0, signal_s=0.0))
    run_id = manager.submit(spec(workspace, "a"))
    run = wait(manager, run_id)
    run.run_dir.events_path.write_text("")
    run.run_dir.state_path.unlink(missing_ok=True)
    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        # Our own pid, with the start time of the job that is gone.
        write_handle(run.run_dir, Handle(backend="local", pid=os.getpid(), started=1.0))
        run.run_dir.cancel_path.touch()
        manager.press(run_id)
        manager.press(run_id)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert heard == []
    assert wait(manager, run_id).status == "cancelled"


@pytest.mark.parametrize(("body", "status"), [(CRASHING, "lost"), (QUICK, "finished")])
def test_a_run_that_is_over_is_not_touched_by_a_cancel(workspace, tmp_path, body, status):
    manager = managed(workspace, tmp_path, body)
    run_id = manager.submit(spec(workspace, "a"))
    run = wait(manager, run_id)

    assert not manager.cancel(run_id)

    assert not run.run_dir.cancel_path.exists()
    assert wait(manager, run_id).status == status


def test_without_torch_it_says_what_to_install_before_anything_is_made(workspace, tmp_path):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho torch peft\n")
    script.chmod(0o755)
    manager = RunManager(RunStore(workspace), Settings(engine_python=str(script)))

    with pytest.raises(BackendError) as error:
        manager.submit(spec(workspace, "a"))

    assert str(error.value) == (
        f'{script} has no torch, peft: run `{script} -m pip install "tunesmith[engine]"`'
    )
    assert list(workspace.iterdir()) == []


def test_a_python_that_has_not_even_tunesmith_is_told_apart(workspace, tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    manager = RunManager(RunStore(workspace), Settings(engine_python=str(bare)))

    problem = manager.problem()

    assert problem and problem.startswith(f"{bare} has no tunesmith, torch, ")


def test_a_python_that_does_not_run_is_named(workspace, tmp_path):
    missing = tmp_path / "no-such-python"
    manager = RunManager(RunStore(workspace), Settings(engine_python=str(missing)))

    problem = manager.problem()

    assert problem and problem.startswith(f"{missing} does not run")
    assert problem.endswith("set TUNESMITH_ENGINE_PYTHON to one that does")


def test_a_process_is_known_by_its_start(workspace, tmp_path):
    manager = managed(workspace, tmp_path, OBEDIENT)
    run_id = manager.submit(spec(workspace, "a"))
    run = wait(manager, run_id, lambda run: run.status == "running")

    handle = read_handle(run.run_dir)

    assert handle and is_alive(handle.pid, handle.started)
    assert not is_alive(handle.pid, handle.started - 1.0)
    assert started_at(2**22 + 1) is None
    manager.cancel(run_id)
    wait(manager, run_id)
