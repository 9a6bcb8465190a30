from jobs.engines import spec
from tunesmith.jobs.store import RunStore
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Finished, Record, Started, Warned
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


def test_a_broken_state_is_read_from_the_events(tmp_path):
    run_dir = write_run(tmp_path, "a", STARTED, FINISHED)
    run_dir.state_path.write_text("{")

    run = RunStore(tmp_path).run("a")

    assert run and run.status == "finished"


def test_a_broken_run_hides_no_other(tmp_path):
    write_run(tmp_path, "a", STARTED, FINISHED)
    write_run(tmp_path, "b", STARTED).spec_path.write_text("{")

    assert [run.run_id for run in RunStore(tmp_path).runs()] == ["a"]


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
