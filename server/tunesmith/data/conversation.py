"""A conversation as the value of a column: turns as OpenAI and ShareGPT write them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from tunesmith.data.row import Row, RowProblem

HISTORY = "history"
"""Column in which the turns before the answer then stand, and what `{{history}}` puts in."""
ROLES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "model",
    "model": "model",
    "gpt": "model",
    "tool": "tool",
}
"""Words for who speaks, and ours for each."""

Turn = dict[str, str]
"""`role`, one of ours, and `content`."""


class ConversationError(ValueError):
    """Why a list is no conversation with an answer at its end."""


def split_answer(row: Row, target: str) -> Row | RowProblem:
    """The row with the last turn of a conversation as its target, and those before as `history`.

    A row whose target is anything else comes back as it is.
    """
    found = row.others.get(target)
    if not is_conversation(found):
        return row
    if HISTORY in row.values:
        message = f'has a column "{HISTORY}", which is what the turns of "{target}" are to become'
        return RowProblem(line=row.line, message=message)
    try:
        turns = read_turns(cast("list[object]", found))
    except ConversationError as error:
        return RowProblem(line=row.line, message=f"{target}: {error}")
    *history, answer = turns
    shown = "\n".join(f"{turn['role']}: {turn['content']}" for turn in history)
    kept = {name: value for name, value in row.others.items() if name != target}
    return replace(
        row,
        values={**row.values, HISTORY: shown, target: answer["content"]},
        others={**kept, HISTORY: history},
    )


def is_conversation(value: object) -> bool:
    """Whether a value is a list of turns, be they right or wrong."""
    if not isinstance(value, list) or not value:
        return False
    items = cast("list[object]", value)
    return all(isinstance(item, dict) and ("role" in item or "from" in item) for item in items)


def read_turns(turns: list[object]) -> list[Turn]:
    """The turns, the last one of them the model's.

    >>> read_turns([{"from": "human", "value": "2+2?"}, {"from": "gpt", "value": "4"}])
    [{'role': 'user', 'content': '2+2?'}, {'role': 'model', 'content': '4'}]

    Raises ConversationError.
    """
    read = [
        _read(cast("Mapping[str, object]", turn), number) for number, turn in enumerate(turns, 1)
    ]
    if read[-1]["role"] != "model":
        last = f"the last of {len(read)} turns is the {read[-1]['role']}'s"
        raise ConversationError(f"{last}: there is no answer to learn")
    return read


def _read(turn: Mapping[str, object], number: int) -> Turn:
    word = turn.get("role", turn.get("from"))
    role = ROLES.get(word) if isinstance(word, str) else None
    if role is None:
        raise ConversationError(f'turn {number}: "{word}" is no role: {", ".join(ROLES)}')
    text = _text(turn.get("content", turn.get("value")))
    if text is None:
        raise ConversationError(f"turn {number}, of the {role}: has no text")
    return {"role": role, "content": text}


def _text(content: object) -> str | None:
    """The text of a turn, which may come in parts; None where there is none, or more than text."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else None
    texts = [
        cast("Mapping[str, object]", part).get("text") if isinstance(part, dict) else part
        for part in cast("list[object]", content)
    ]
    found = [text for text in texts if isinstance(text, str)]
    return "".join(found) if found and len(found) == len(texts) else None
