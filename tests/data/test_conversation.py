"""A column of chat messages: the last turn is the answer, those before are the history."""

import json
from pathlib import Path

import pytest

from tunesmith.data.conversation import ConversationError, read_turns
from tunesmith.data.row import Row, RowProblem
from tunesmith.data.stream import RowStream
from tunesmith.data.table import parse_table

OPENAI = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Good "}, {"type": "text", "text": "?"}]},
    {"role": "assistant", "content": "positive"},
]
SHAREGPT = [
    {"from": "system", "value": "Be brief."},
    {"from": "human", "value": "Good ?"},
    {"from": "gpt", "value": "positive"},
]


def table_of(*values: object, **more: object):
    lines = "".join(json.dumps({"messages": value, **more}) + "\n" for value in values)
    return parse_table(Path("chat.jsonl"), lines.encode(), "messages")


@pytest.mark.parametrize("turns", [OPENAI, SHAREGPT], ids=["openai", "sharegpt"])
def test_both_spellings_give_the_same_row(turns):
    table = table_of(turns)

    (row,) = table.rows
    assert table.columns == ("messages", "history")
    assert row.values == {"messages": "positive", "history": "system: Be brief.\nuser: Good ?"}
    assert row.given["history"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Good ?"},
    ]


@pytest.mark.parametrize("value", ["text", ["a", "b"], [], {"role": "user"}, [{"a": 1}], None])
def test_a_target_that_is_no_conversation_stays_as_it_is(value):
    (row,) = table_of(value).rows

    assert row.given["messages"] == value
    assert "history" not in row.values


def test_only_the_target_is_taken_apart():
    line = json.dumps({"messages": OPENAI, "label": "x"}).encode()

    (row,) = parse_table(Path("chat.jsonl"), line, "label").rows

    assert row.given["messages"] == OPENAI


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        (OPENAI[:2], "the last of 2 turns is the user's: there is no answer to learn"),
        (
            [{"role": "oracle", "content": "x"}],
            'turn 1: "oracle" is no role: system, user, human, assistant, model, gpt, tool',
        ),
        ([{"role": "user", "content": None}, OPENAI[2]], "turn 1, of the user: has no text"),
        (
            [{"role": "user", "content": [{"type": "image_url"}]}, OPENAI[2]],
            "turn 1, of the user: has no text",
        ),
    ],
)
def test_what_is_odd_about_a_conversation_is_said(turns, message):
    with pytest.raises(ConversationError) as caught:
        read_turns(turns)

    assert str(caught.value) == message
    assert [(p.line, p.message) for p in table_of(OPENAI, turns).problems] == [
        (2, f"messages: {message}")
    ]


def test_a_history_of_its_own_is_in_the_way():
    (problem,) = table_of(OPENAI, history="x").problems

    assert problem.message.startswith('has a column "history", which is what the turns of')


def test_columns_are_known_as_the_rows_come(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"m": "x"}) + "\n" + json.dumps({"m": OPENAI}) + "\n")
    stream = RowStream(path, lambda: path.open("rb"), "m")

    seen = [(type(item), stream.columns) for item in stream]

    assert seen == [(Row, ("m",)), (Row, ("m", "history"))]
    assert RowProblem not in {kind for kind, _ in seen}
