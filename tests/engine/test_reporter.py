"""Events on disk: whole, in order, once, and what they add up to."""

import pytest

from small_disk import small_disk
from tunesmith.engine.reporter import Reporter, RunIsTaken
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Finished, Record, Started, Step, Warned
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.state import fold

STARTED = Started(pid=1, pid_started=2.0, device="cpu", dtype="float32", versions={})
FINISHED = Finished(report="report.html", seconds=1.0, summary="Done.")


def step(number):
    return Step(
        step=number,
        n_steps=9,
        epoch=0.5,
        loss=1.5,
        lr=0.1,
        grad_norm=1.0,
        tokens_per_s=10.0,
        left_s=1.0,
    )


@pytest.fixture
def run_dir(tmp_path):
    return RunDir(tmp_path)


def test_events_are_numbered_without_gaps(run_dir):
    with Reporter(run_dir) as reporter:
        for event in (STARTED, step(1), step(2), FINISHED):
            reporter.emit(event)

    assert [record.seq for record in run_dir.read_records()] == [1, 2, 3, 4]
    assert [record.event for record in run_dir.read_records()] == [
        STARTED,
        step(1),
        step(2),
        FINISHED,
    ]


def test_an_event_is_on_disk_when_emit_returns(run_dir):
    with Reporter(run_dir) as reporter:
        reporter.emit(STARTED)

        assert [record.event for record in run_dir.read_records()] == [STARTED]


def test_the_state_on_disk_is_the_fold_of_the_events(run_dir):
    with Reporter(run_dir) as reporter:
        for event in (STARTED, *(step(number) for number in range(1, 30))):
            reporter.emit(event)

    assert run_dir.read_state() == fold(run_dir.read_records())
    assert run_dir.read_state().step == step(29)


def test_only_one_job_writes_a_run(run_dir):
    with Reporter(run_dir) as reporter:
        with pytest.raises(RunIsTaken, match="another job is doing this run"):
            Reporter(run_dir)
        reporter.emit(FINISHED)

    with pytest.raises(RunIsTaken, match="this run has been done"):
        Reporter(run_dir)


def test_a_run_that_was_cut_off_goes_on_with_the_next_number(run_dir):
    with Reporter(run_dir) as reporter:
        reporter.emit(STARTED)
        reporter.emit(step(1))
    with run_dir.events_path.open("a", encoding="utf-8") as file:
        file.write('{"seq":3,"at_s":99.0,"ki')

    with Reporter(run_dir) as reporter:
        assert reporter.state.step == step(1)
        reporter.emit(step(2))

    records = list(run_dir.read_records())
    assert [record.seq for record in records] == [1, 2, 3]
    assert records[-1].event == step(2)
    assert records[1].at_s <= records[2].at_s < 99


def test_the_clock_goes_on_from_the_last_event(run_dir):
    late = Record(seq=1, at_s=5000.0, event=STARTED)
    run_dir.events_path.write_text(dumps(late.plain()) + "\n", encoding="utf-8")

    with Reporter(run_dir) as reporter:
        reporter.emit(step(1))

    assert [record.at_s >= 5000 for record in run_dir.read_records()] == [True, True]


def test_a_full_disk_delays_events_and_loses_none(run_dir):
    with Reporter(run_dir) as reporter:
        with small_disk():
            reporter.emit(STARTED)
            for number in range(1, 12):
                reporter.emit(step(number))
            on_full_disk = run_dir.events_path.read_text(encoding="utf-8")
        reporter.emit(FINISHED)

    assert len(on_full_disk) <= 1000
    assert on_full_disk.endswith("\n")
    events = [record.event for record in run_dir.read_records()]
    assert events[:-2] == [STARTED, *(step(number) for number in range(1, 12))]
    assert events[-2] == FINISHED
    assert events[-1] == Warned(
        message="The disk was full; events had to wait until there was room."
    )
    assert [record.seq for record in run_dir.read_records()] == list(range(1, 15))
    assert run_dir.read_state() == fold(run_dir.read_records())


def test_a_disk_that_stays_full_is_an_error(run_dir):
    reporter = Reporter(run_dir)

    with small_disk():
        for number in range(1, 12):
            reporter.emit(step(number))
        with pytest.raises(OSError, match="no room for the last"):
            reporter.close()
