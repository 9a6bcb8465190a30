"""What rendering gives: messages made of segments, each with its place of origin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tunesmith.prompt.text import Span

Role = Literal["user", "model", "system", "tool"]
ROLES: tuple[Role, ...] = ("user", "model", "system", "tool")


class Segment(NamedTuple):
    """A stretch of a message's text that comes from one place.

    A tuple, because it is made in a third of the time, and rendering makes little else.
    """

    text: str
    is_value: bool
    """It comes from the row; else it was written in the template or in a partial."""
    span: Span
    """Where in the prompt's text it comes from; for a partial, the call of the partial."""
    variable: str | None = None
    """First part of the variable's path, where the value is a plain variable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """An image or a sound, by its address."""

    url: str
    content_type: str | None
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A place that the caller fills, such as the list of tools."""

    purpose: str
    span: Span


Part = Segment | Media | Section


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn."""

    role: Role
    parts: tuple[Part, ...]
    metadata: Mapping[str, object] = field(default_factory=dict[str, object])
    """`{"purpose": "history"}` for a turn of an earlier conversation."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The text, without media and sections."""
        return tuple(part for part in self.parts if isinstance(part, Segment))

    @property
    def text(self) -> str:
        """The text in one piece."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What one row makes of a prompt."""

    messages: tuple[Message, ...]
    """Up to, and without, a final model turn of the template."""
    target: tuple[Segment, ...] | None
    """That final model turn; None where the template has none."""


class RenderError(ValueError):
    """A prompt that cannot be rendered; `span` is the place in the prompt that says why."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span
