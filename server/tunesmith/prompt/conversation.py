"""The earlier turns of a conversation that a row brings: what `{{history}}` puts in."""

from collections.abc import Iterator, Mapping
from typing import cast

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Mustache, walk
from tunesmith.prompt.output import ROLES, Message, RenderError, Role, Segment
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.runtime import Scope
from tunesmith.prompt.text import Span

HISTORY = "history"
"""Name of the row's value: a list of `{role, content}`, in the order in which it was said."""
_ROLES: dict[object, Role] = {**{role: role for role in ROLES}, "assistant": "model"}


def row_turns(scope: Scope, at: Span) -> tuple[Message, ...]:
    """The row's own turns; none where its `history` is absent, or no list.

    Raises RenderError, at the helper, for a turn that is none.
    """
    turns = _row(scope).get(HISTORY)
    return tuple(_messages(cast("list[object]", turns), at)) if isinstance(turns, list) else ()


def takes_history(prompt: Prompt, partials: Mapping[str, str]) -> bool:
    """Whether a prompt, or one of its partials, puts earlier turns in."""
    nodes = (node for text in partials.values() for node in walk(parse_partial(text)))
    own = any(tag.call.name == HISTORY for tag in prompt.mustaches)
    return own or any(isinstance(node, Mustache) and node.call.name == HISTORY for node in nodes)


def _row(scope: Scope) -> Mapping[str, object]:
    data = scope.data
    while "root" not in data and "_parent" in data:
        data = cast("dict[str, object]", data["_parent"])
    return cast("Mapping[str, object]", data.get("root") or {})


def _messages(turns: list[object], at: Span) -> Iterator[Message]:
    for number, turn in enumerate(turns, start=1):
        fields = cast("dict[str, object]", turn if isinstance(turn, dict) else {})
        role, content = _ROLES.get(str(fields.get("role"))), fields.get("content")
        if role is None or not isinstance(content, str):
            message = f'turn {number} of "{HISTORY}" is not {{role, content}}, a role and its text'
            raise RenderError(message, at)
        yield Message(role=role, parts=(Segment(content, True, at, HISTORY),))
