"""The run folder: whole lines only, and a state that is the fold of its events."""

import resource

import pytest

from tunesmith.wire.codec import dumps
from tunesmith.wire.events import (
    Cancelled,
    Checkpoint,
    Evaluation,
    Failed,
    Record,
    Score,
    Started,
    Warned,
)
from tunesmith.wire.run_dir import RunDir, read_tail, write_atomically, write_state
from tunesmith.wire.state import RunState, fold

STARTED = Started(pid=1, pid_started=2.0, device="cpu", dtype="bfloat16", versions={})
GOOD = Checkpoint(step=4, path="checkpoints/4", score=0.8, best=True)
WORSE = Checkpoint(step=8, path="checkpoints/8", score=0.7, best=False)


def records(*events):
    return [
        Record(seq=number, at_s=float(number), event=event)
        for number, event in enumerate(events, start=1)
    ]


def scored(value):
    score = Score(metric="accuracy", value=value, low=0, high=1)
    return Evaluation(model="tuned", split="validation", n_rows=9, scores=(score,))


def test_the_fold_keeps_the_best_checkpoint_and_the_newest_score():
    state = fold(records(STARTED, scored(0.8), GOOD, scored(0.7), WORSE, Cancelled(step=8)))

    newest = state.score_of("tuned", "validation")
    assert (state.status, state.checkpoint, state.seq) == ("cancelled", GOOD, 6)
    assert newest is not None and newest.scores[0].value == 0.7


def test_folding_twice_over_the_same_records_changes_nothing():
    some = records(STARTED, Warned(message="slow"), GOOD)

    assert fold(some, fold(some)) == fold(some)


def test_the_fold_can_go_on_from_any_point():
    some = records(STARTED, scored(0.5), GOOD, Failed(message="no space"))

    assert fold(some[2:], fold(some[:2])) == fold(some)


def test_a_line_without_its_newline_waits(tmp_path):
    path = tmp_path / "events.jsonl"
    first, second = (dumps(record.plain()) for record in records(STARTED, GOOD))
    path.write_text(first + "\n" + second[:20], encoding="utf-8")

    seen, offset = read_tail(path, 0)
    with path.open("a", encoding="utf-8") as file:
        file.write(second[20:] + "\n")
    later, end = read_tail(path, offset)

    assert [record.event for record in (*seen, *later)] == [STARTED, GOOD]
    assert end == path.stat().st_size


def test_a_line_separator_inside_a_text_does_not_split_the_line(tmp_path):
    path = tmp_path / "events.jsonl"
    (record,) = records(Warned(message="a\u2028b\x85c"))
    path.write_text(dumps(record.plain()) + "\n", encoding="utf-8")

    assert read_tail(path, 0)[0] == [record]


def test_state_goes_to_disk_and_comes_back(tmp_path):
    run_dir = RunDir(tmp_path)
    state = fold(records(STARTED, scored(0.5), GOOD))

    write_state(run_dir, state)

    assert run_dir.read_state() == state
    assert RunDir(tmp_path / "none").read_state() == RunState()


def test_a_write_that_fails_leaves_the_old_text_and_nothing_else(tmp_path):
    path = tmp_path / "state.json"
    write_atomically(path, "old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))

    try:
        with pytest.raises(OSError, match="too large"):
            write_atomically(path, "new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert path.read_text(encoding="utf-8") == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["state.json"]
