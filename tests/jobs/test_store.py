import os
from dataclasses import replace

from jobs.engines import spec
from tunesmith.jobs.backend import Handle, write_handle
from tunesmith.jobs.store import RunStore
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Cancelled, Finished, Record, Resumed, Started, Warned
from tunesmith.wire.process import started_at
from tunesmith.wire.run_dir import RunDir, write_state
from tunesmith.wire.state import fold

STARTED = Started(pid=1, pid_started=0.0, device="cpu", dtype="float32", versions={})
FINISHED = Finished(report="report.html", seconds=1.0, summary="done")


def records(*events):
    return [Record(seq=n, at_s=0.0, event=event) for n, event in enumerate(events, start=1)]


def write_run(workspace, run_id, *events) -> RunDir:
    run_dir = RunDir(workspace / ".tunesmith" / "runs" / run_id)
    run_dir.path.mkdir(parents=True)
    run_dir.spec_path.write_text(dumps(spec(workspace, run_id)))
    run_dir.events_path.write_text("".join(dumps(r.plain()) + "\n" for r in records(*events)))
    return run_dir


def test_runs_come_newest_first(tmp_path):
    for run_id in ("20260102-b", "20260103-c", "20260101-a"):
        write_run(tmp_path, run_id, STARTED, FINISHED)

    found = [run.run_id for run in RunStore(tmp_path).runs()]

    assert found == ["20260103-c", "20260102-b", "20260101-a"]


def test_a_workspace_without_runs_has_none(tmp_path):
    assert list(RunStore(tmp_path).runs()) == []


def test_a_state_that_lags_behind_is_brought_up_to_date(tmp_path):
    run_dir = write_run(tmp_path, "a", STARTED, Warned(message="one"), FINISHED)
    write_state(run_dir, fold(records(STARTED, Warned(message="one"))))

    run = RunStore(tmp_path).run("a")

    assert run and (run.status, run.state.seq, run.state.warnings) == ("finished", 3, ("one",))


def test_a_job_that_has_not_spoken_yet_is_not_what_the_one_before_it_said(tmp_path):
    run_dir = write_run(tmp_path, "a", STARTED, Cancelled(step=3))
    write_state(run_dir, fold(records(STARTED, Cancelled(step=3))))
    before = RunStore(tmp_path).run("a")

    pid = os.getpid()
    job = Handle(backend="local", pid=pid, started=started_at(pid) or 0.0, since_seq=2)
    write_handle(run_dir, replace(job, started=1.0))
    dead = RunStore(tmp_path).run("a")
    write_handle(run_dir, job)
    silent = RunStore(tmp_path).run("a")
    said = (STARTED, Cancelled(step=3), Resumed(pid=pid, pid_started=0.0, step=2))
    run_dir.events_path.write_text("".join(dumps(r.plain()) + "\n" for r in records(*said)))
    spoken = RunStore(tmp_path).run("a")

    assert [run and run.status for run in (before, dead, silent, spoken)] == [
        "cancelled",
        "lost",
        "starting",
        "running",
    ]


def test_a_broken_state_is_read_from_the_events(tmp_path):
    run_dir = write_run(tmp_path, "a", STARTED, FINISHED)
    run_dir.state_path.write_text("{")

    run = RunStore(tmp_path).run("a")

    assert run and run.status == "finished"


def test_a_broken_run_hides_no_other(tmp_path):
    write_run(tmp_path, "a", STARTED, FINISHED)
    write_run(tmp_path, "b", STARTED).spec_path.write_text("{")
    write_run(tmp_path, "c", STARTED).spec_path.write_bytes(b"\xff")
    events = write_run(tmp_path, "d", STARTED).events_path
    events.unlink()
    events.mkdir()
    write_run(tmp_path, "e", STARTED)
    handle = tmp_path / ".tunesmith" / "runs" / "d" / "process.json"
    handle.write_text('{"backend":"local","pid":1,"started":0.0}')

    assert [run.run_id for run in RunStore(tmp_path).runs()] == ["e", "a"]


def test_a_state_and_a_handle_that_are_no_text_count_as_none(tmp_path):
    run_dir = write_run(tmp_path, "a", STARTED, FINISHED)
    run_dir.state_path.write_bytes(b"\xff")
    (run_dir.path / "process.json").write_bytes(b"\xff")

    run = RunStore(tmp_path).run("a")

    assert run and run.status == "finished"


def test_a_job_of_a_backend_that_is_not_known_here_does_not_live(tmp_path):
    run_dir = write_run(tmp_path, "a", STARTED)
    handle = Handle(backend="moon", pid=os.getpid(), started=started_at(os.getpid()) or 0.0)
    write_handle(run_dir, handle)

    run = RunStore(tmp_path).run("a")

    assert run and run.status == "lost"


def test_runs_that_cannot_be_listed_are_none(tmp_path):
    (tmp_path / ".tunesmith").mkdir()
    (tmp_path / ".tunesmith" / "runs").write_text("a file")

    assert RunStore(tmp_path).ids() == []


def test_a_name_that_no_folder_can_have_is_no_run(tmp_path):
    assert RunStore(tmp_path).run_dir("a" * 5000) is None


def test_a_folder_where_no_job_was_started_is_no_run(tmp_path):
    run_dir = write_run(tmp_path, "a")
    run_dir.events_path.unlink()

    assert RunStore(tmp_path).ids() == []


def test_a_run_id_cannot_lead_out_of_the_folder(tmp_path):
    write_run(tmp_path, "a", STARTED)
    store = RunStore(tmp_path / ".tunesmith" / "runs" / "a")

    assert [store.run_dir(name) for name in ("..", "../a", "", ".", "/", "../../runs/a")] == [
        None
    ] * 6
