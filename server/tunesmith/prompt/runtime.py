"""What a compiled template works on: the scope it reads from and the output it writes to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tunesmith.prompt.model import Call
from tunesmith.prompt.output import Media, RenderError, Role, Section, Segment
from tunesmith.prompt.text import Span

MAX_CHARACTERS = 1_000_000
MAX_STEPS = 10_000
"""Rounds of `each` and calls of partials in one rendering."""
MAX_PARTIALS = 32
"""Of partials inside partials."""


@dataclass(frozen=True, slots=True)
class RoleMark:
    """A new turn begins here."""

    role: Role
    metadata: dict[str, object]


@dataclass(frozen=True, slots=True)
class HistoryMark:
    """Earlier turns go here."""


Event = Segment | Media | Section | RoleMark | HistoryMark


@dataclass(slots=True)
class Output:
    """What has been rendered so far. Marks are no text, so no value can write one."""

    partials: Mapping[str, str]
    events: list[Event] = field(default_factory=list[Event])
    n_characters: int = 0
    n_steps: int = 0

    def text(self, text: str, span: Span, variable: str | None = None, *, is_value: bool) -> None:
        """Add text."""
        if text:
            self.add(Segment(text=text, is_value=is_value, span=span, variable=variable))

    def add(self, segment: Segment) -> None:
        """Add text. Raises RenderError where it gets too long."""
        self.n_characters += len(segment.text)
        if self.n_characters > MAX_CHARACTERS:
            raise RenderError(
                "the messages are longer than a million characters: shorten the row", segment.span
            )
        self.events.append(segment)

    def step(self, span: Span) -> None:
        """Count a round. Raises RenderError where there are too many."""
        self.n_steps += 1
        if self.n_steps > MAX_STEPS:
            raise RenderError(f"more than {MAX_STEPS} repetitions: shorten the list", span)


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at one moment."""

    this: object
    outer: "Scope | None" = None
    """Where `../` leads."""
    data: Mapping[str, object] = field(default_factory=dict[str, object])
    """What `@name` reads; `@../name` reads that of the enclosing block."""
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    """Block parameters."""
    partial_block: "Write | None" = None
    n_partials: int = 0

    def enter(
        self,
        value: object,
        call: Call,
        bound: tuple[object, ...] = (),
        data: Mapping[str, object] | None = None,
    ) -> "Scope":
        """The scope inside a block whose `this` is `value`."""
        names = {param.name: item for param, item in zip(call.params, bound, strict=False)}
        # As Handlebars has it, a block that keeps `this` is no level for `../`.
        outer = self.outer if value is self.this else self
        return Scope(
            this=value,
            outer=outer,
            data={**self.data, **data, "_parent": self.data} if data else self.data,
            params={**self.params, **names} if names else self.params,
            partial_block=self.partial_block,
            n_partials=self.n_partials,
        )


Write = Callable[[Scope, Output], None]
Read = Callable[[Scope], object]
