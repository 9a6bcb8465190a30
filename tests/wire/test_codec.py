"""Dataclasses survive the way over JSON, and wrong messages are refused."""

import pytest

from tunesmith.wire.codec import WireError, dumps, from_plain, loads, to_plain
from tunesmith.wire.editor import RunEventsParams
from tunesmith.wire.events import KINDS, Evaluation, Record, Score, Step, parse_record
from tunesmith.wire.preview import Generate
from tunesmith.wire.spec import ModelSpec

SCORE = Score(metric="accuracy", value=0.5, low=0.25, high=0.75)
EVALUATION = Evaluation(model="base", split="test", n_rows=8, scores=(SCORE,))
STEP = Step(step=1, n_steps=9, epoch=0.1, loss=2, lr=1e-3, grad_norm=1, tokens_per_s=50, left_s=8)


@pytest.mark.parametrize("event", [EVALUATION, STEP])
def test_an_event_comes_back_as_it_went(event):
    line = dumps(Record(seq=3, at_s=1.5, event=event).plain())

    assert parse_record(line) == Record(seq=3, at_s=1.5, event=event)


def test_every_kind_is_known_by_its_own_name():
    assert {name: kind.kind for name, kind in KINDS.items()} == {name: name for name in KINDS}


def test_chinese_text_stays_readable():
    assert dumps({"review": "正面"}) == '{"review":"正面"}'


def test_fields_of_a_newer_version_are_ignored():
    assert from_plain(RunEventsParams, {"runId": "a", "later": 1}) == RunEventsParams(runId="a")


def test_a_nested_dataclass_and_a_dict_come_back():
    wanted = Generate(
        id=1,
        model=ModelSpec(name="builtin/x", path="models/x"),
        prompt="Hi {{name}}",
        partials={"p": "text"},
        values={"name": "you", "n": 3},
        template="chat",
        max_new_tokens=8,
        temperature=0.0,
        seed=0,
    )

    assert from_plain(Generate, to_plain(wanted)) == wanted


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"sinceSeq": 1}, "runId"),
        ({"runId": 7}, "expected <class 'str'>, got int"),
        ({"runId": "a", "sinceSeq": True}, "expected <class 'int'>, got bool"),
        ([], "expected an object, got list"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place(plain, message):
    with pytest.raises(WireError, match=message):
        from_plain(RunEventsParams, plain)


@pytest.mark.parametrize("line", ["", "{", "[]", '{"seq":1}', '{"seq":1,"at_s":0,"kind":"step"}'])
def test_a_torn_or_foreign_line_is_no_record(line):
    assert parse_record(line) is None


def test_an_unknown_kind_is_passed_over():
    assert parse_record('{"seq":1,"at_s":0.0,"kind":"future"}') is None


def test_loads_says_what_is_wrong():
    with pytest.raises(WireError, match="not JSON"):
        loads(RunEventsParams, "{")


def test_a_message_nested_without_end_is_refused():
    with pytest.raises(WireError, match="not JSON"):
        loads(RunEventsParams, "[" * 100_000)
