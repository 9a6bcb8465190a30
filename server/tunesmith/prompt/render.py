"""The one renderer: prompt x values -> messages made of segments with provenance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
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
from tunesmith.prompt.runtime import MAX_CHARACTERS, Output, RoleMark, Scope, Write
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

    Values stand over the defaults; `context` is what `@name` reads. With `keep_target` false,
    a final model turn is dropped. Raises RenderError.
    """
    write = _compiled.get(prompt) or _compile(prompt)
    row = {**prompt.defaults, **values}
    out = Output(partials or {})
    try:
        write(Scope(row, None, {**(context or {}), "root": row}, {}), out)
    except RecursionError:
        message = "blocks, partials or values are nested too deeply: write them flatter"
        raise RenderError(message, prompt.body) from None
    if out.n_characters > MAX_CHARACTERS:
        out.refuse_length()
    messages = _insert_history(_messages(out, history), history)
    if messages and _is_target(messages[-1], history):
        target = messages.pop()
        return Rendered(messages=tuple(messages), target=target.segments if keep_target else None)
    return Rendered(messages=tuple(messages), target=None)


def _compile(prompt: Prompt) -> Write:
    """Done once for a prompt. Raises RenderError for one that is broken."""
    for problem in prompt.problems:
        if problem.code not in _HARMLESS:
            line, _ = LineIndex(prompt.text).position(problem.span.start)
            raise RenderError(f"line {line + 1}: {problem.message}", problem.span)
    _compiled[prompt] = write = compile_nodes(prompt.template)
    return write


def _is_target(last: Message, history: Sequence[Message]) -> bool:
    if last.role != "model":
        return False
    is_earlier = last.metadata.get("purpose") == "history" or any(last is one for one in history)
    return not is_earlier


def _messages(out: Output, history: Sequence[Message]) -> list[Message]:
    """The parts cut into turns. Blank text between two marks is no turn."""
    done: list[Message] = []
    role: Role = "user"
    metadata: dict[str, object] = {}
    start = 0
    for end, mark in (*out.marks, (len(out.parts), None)):
        parts = out.parts[start:end]
        start = end
        # A turn without content only changes its role.
        if _has_content(parts):
            kept = parts if out.is_text else _without_blanks(parts)
            done.append(Message(role=role, parts=tuple(kept), metadata=metadata))
            metadata = {}
        if isinstance(mark, RoleMark):
            role, metadata = mark.role, {**metadata, **mark.metadata}
        elif mark:
            done.extend(_as_history(message) for message in (*history, *mark.turns))
            role, metadata = "model", {}
    return done


def _as_history(message: Message) -> Message:
    return replace(message, metadata={**message.metadata, "purpose": "history"})


def _has_content(parts: Iterable[Part]) -> bool:
    return any(not isinstance(part, Segment) or not part.text.isspace() for part in parts)


def _without_blanks(parts: list[Part]) -> list[Part]:
    """The parts without blank text before, between and after media and sections."""
    kept: list[Part] = []
    for _, run in groupby(parts, key=lambda part: isinstance(part, Segment)):
        stretch = list(run)
        kept.extend(stretch if _has_content(stretch) else ())
    return kept


def _insert_history(messages: list[Message], history: Sequence[Message]) -> list[Message]:
    """Put the history before the last user turn, where the template has no place for it."""
    if not history or any(one.metadata.get("purpose") == "history" for one in messages):
        return messages
    if messages and messages[-1].role == "user":
        return [*messages[:-1], *history, messages[-1]]
    return [*messages, *history]
