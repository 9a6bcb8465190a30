"""The fold of a run that was cut off and went on."""

from tunesmith.wire.events import (
    Cancelled,
    Checkpoint,
    Evaluation,
    Finished,
    Record,
    Resumed,
    Row,
    Started,
    Step,
    Warned,
)
from tunesmith.wire.state import fold, settled

STARTED = Started(pid=1, pid_started=0.0, device="cpu", dtype="float32", versions={})
BASE = Evaluation(model="base", split="validation", n_rows=8, scores=())
ROW = Row(model="base", split="test", row_id="3", target="a", predicted="a", probability=1.0)


def step(number, loss=1.0):
    return Step(
        step=number,
        n_steps=9,
        epoch=0.5,
        loss=loss,
        lr=0.1,
        grad_norm=1.0,
        tokens_per_s=10.0,
        left_s=1.0,
    )


def look(number):
    return Evaluation(model="tuned", split="validation", step=number, n_rows=8, scores=())


def checkpoint(number):
    return Checkpoint(step=number, path=f"checkpoints/step-{number}", score=0.5, best=True)


def resumed(number):
    return Resumed(pid=2, pid_started=5.0, step=number)


def records(*events):
    return [Record(seq=n, at_s=0.0, event=event) for n, event in enumerate(events, start=1)]


CUT = (STARTED, BASE, step(4), look(4), checkpoint(4), step(5), step(8), look(8), checkpoint(8))


def test_what_is_done_anew_is_taken_back():
    state = fold(records(*CUT, ROW, Cancelled(step=8), resumed(4)))

    assert (state.status, state.resumed, state.steps_done) == ("running", resumed(4), 4)
    assert state.evaluations == (look(4),)
    assert (state.step, state.checkpoint, state.cancelled) == (None, None, None)
    assert state.started == STARTED


def test_what_the_resumed_job_says_takes_its_place():
    again = (resumed(4), checkpoint(4), BASE, step(5), step(8), look(8), checkpoint(8))

    state = fold(records(*CUT, *again))

    assert state.evaluations == (look(4), BASE, look(8))
    assert (state.step, state.checkpoint, state.steps_done) == (step(8), checkpoint(8), 8)


def test_a_step_that_stays_done_stays():
    state = fold(records(STARTED, step(4), look(4), checkpoint(4), resumed(4)))

    assert (state.step, state.checkpoint) == (step(4), checkpoint(4))


def test_a_warning_that_both_jobs_give_is_one():
    said = (Warned(message="few steps"), Warned(message="a spike"))

    state = fold(records(STARTED, *said, resumed(4), said[0]))

    assert state.warnings == ("few steps", "a spike")


def test_the_events_that_count_are_those_of_a_run_never_cut_off():
    again = (resumed(4), BASE, step(5, 0.9), Finished(report="r", seconds=1.0, summary=""))

    events = [record.event for record in settled(records(*CUT, ROW, Cancelled(step=8), *again))]

    assert events == [STARTED, step(4), look(4), checkpoint(4), *again]
