"""The one renderer: prompt x values -> messages made of segments with provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast
from weakref import WeakKeyDictionary

from tunesmith.prompt.compile import compile_nodes
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.output import (
    Media,
    Message,
    Part,
    Rendered,
    RenderError,
    Role,
    Section,
    Segment,
)
from tunesmith.prompt.runtime import Event, HistoryMark, Output, RoleMark, Scope, Write
from tunesmith.prompt.text import LineIndex

__all__ = [
    "Media",
    "Message",
    "Part",
    "RenderError",
    "Rendered",
    "Role",
    "Section",
    "Segment",
    "render",
]

_HARMLESS = ("duplicate-key",)
"""Problems in spite of which the messages are what the author wrote."""

_compiled: WeakKeyDictionary[Prompt, Write] = WeakKeyDictionary()


def render(
    prompt: Prompt,
    values: Mapping[str, object],
    *,
    partials: Mapping[str, str] | None = None,
    history: Sequence[Message] = (),
    context: Mapping[str, object] | None = None,
    keep_target: bool = True,
) -> Rendered:
    """The messages for one row; see `Rendered` for what becomes of a final model turn.

    Values stand over `input.default`; `context` is what `@name` reads. With `keep_target` false,
    a final model turn is dropped. Raises RenderError.
    """
    write = _compiled.get(prompt)
    if write is None:
        _refuse_broken(prompt)
        write = _compiled[prompt] = compile_nodes(prompt.template)
    row = {**_defaults(prompt), **values}
    out = Output(partials or {})
    try:
        write(Scope(this=row, data={**(context or {}), "root": row}), out)
    except RecursionError:
        message = "blocks, partials or values are nested too deeply: write them flatter"
        raise RenderError(message, prompt.body) from None
    messages = _insert_history(_messages(out.events, history), history)
    if messages and _is_target(messages[-1], history):
        target = messages.pop()
        return Rendered(messages=tuple(messages), target=target.segments if keep_target else None)
    return Rendered(messages=tuple(messages), target=None)


def _is_target(last: Message, history: Sequence[Message]) -> bool:
    is_earlier = last.metadata.get("purpose") == "history" or any(last is one for one in history)
    return last.role == "model" and not is_earlier


def _refuse_broken(prompt: Prompt) -> None:
    for problem in prompt.problems:
        if problem.code not in _HARMLESS:
            line, _ = LineIndex(prompt.text).position(problem.span.start)
            raise RenderError(f"line {line + 1}: {problem.message}", problem.span)


def _defaults(prompt: Prompt) -> dict[str, object]:
    found = prompt.frontmatter.get("input", "default") if prompt.frontmatter else None
    value = found.value if found else None
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


@dataclass(kw_only=True)
class _Turn:
    role: Role
    metadata: dict[str, object] = field(default_factory=dict[str, object])
    parts: list[Part] = field(default_factory=list[Part])


def _messages(events: list[Event], history: Sequence[Message]) -> list[Message]:
    """Events cut into turns. Blank text between two marks is no turn."""
    done: list[Message] = []
    turn = _Turn(role="user")
    for event in events:
        if isinstance(event, RoleMark):
            if _has_content(turn):
                done.append(_message(turn))
                turn = _Turn(role=event.role)
            # A turn without content only changes its role.
            turn = _Turn(role=event.role, metadata={**turn.metadata, **event.metadata})
        elif isinstance(event, HistoryMark):
            if _has_content(turn):
                done.append(_message(turn))
            done.extend(_as_history(message) for message in history)
            turn = _Turn(role="model")
        else:
            turn.parts.append(event)
    return [*done, _message(turn)] if _has_content(turn) else done


def _as_history(message: Message) -> Message:
    return replace(message, metadata={**message.metadata, "purpose": "history"})


def _has_content(turn: _Turn) -> bool:
    return any(not isinstance(part, Segment) or part.text.strip() for part in turn.parts)


def _message(turn: _Turn) -> Message:
    """The turn; blank text beside media and sections is dropped."""
    parts: list[Part] = []
    run: list[Segment] = []
    for part in turn.parts:
        if isinstance(part, Segment):
            run.append(part)
            continue
        parts.extend(run if any(segment.text.strip() for segment in run) else ())
        parts.append(part)
        run = []
    parts.extend(run if any(segment.text.strip() for segment in run) else ())
    return Message(role=turn.role, parts=tuple(parts), metadata=turn.metadata)


def _insert_history(messages: list[Message], history: Sequence[Message]) -> list[Message]:
    """Put the history before the last user turn, where the template has no place for it."""
    if any(message.metadata.get("purpose") == "history" for message in messages):
        return messages
    if messages and messages[-1].role == "user":
        return [*messages[:-1], *history, messages[-1]]
    return [*messages, *history]
