"""What a compiled template works on: the scope it reads from and the output it writes to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tunesmith.prompt.output import Media, Message, Part, RenderError, Role, Section, Segment
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
    metadata: dict[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class HistoryMark:
    """Earlier turns go here."""

    turns: tuple[Message, ...] = ()
    """Those that the row itself brings."""


Mark = RoleMark | HistoryMark


@dataclass(slots=True)
class Output:
    """What has been rendered so far. Marks are no text, so no value can write one."""

    partials: Mapping[str, str]
    parts: list[Part] = field(default_factory=list[Part])
    marks: list[tuple[int, Mark]] = field(default_factory=list[tuple[int, Mark]])
    """Each with how many parts stand before it."""
    n_characters: int = 0
    """Counted where a value or a whole body is written."""
    n_steps: int = 0
    is_text: bool = True
    """Every part is a segment."""

    def value(self, text: str, span: Span, variable: str | None = None) -> None:
        """Add text that comes from the row."""
        if text:
            self.n_characters += len(text)
            self.parts.append(Segment(text, True, span, variable))

    def other(self, part: Media | Section) -> None:
        """Add what is no text."""
        self.parts.append(part)
        self.is_text = False

    def mark(self, mark: Mark) -> None:
        """End a turn."""
        self.marks.append((len(self.parts), mark))

    def step(self, span: Span) -> None:
        """Count a round. Raises RenderError where there are too many, or too much text."""
        self.n_steps += 1
        if self.n_steps > MAX_STEPS:
            raise RenderError(f"more than {MAX_STEPS} repetitions: shorten the list", span)
        if self.n_characters > MAX_CHARACTERS:
            self.refuse_length()

    def refuse_length(self) -> None:
        """Raise RenderError if there is too much text, at the part that is too much."""
        n_characters = 0
        for part in self.parts:
            n_characters += len(part.text) if isinstance(part, Segment) else 0
            if n_characters > MAX_CHARACTERS:
                message = "the messages are longer than a million characters: shorten the row"
                raise RenderError(message, part.span)

    def cut(self, n_parts: int, n_marks: int) -> Iterator[Part | Mark]:
        """Take out, in their order, what was written after so many parts and marks."""
        parts, marks = self.parts[n_parts:], self.marks[n_marks:]
        del self.parts[n_parts:], self.marks[n_marks:]
        done = 0
        for position, mark in marks:
            yield from parts[done : position - n_parts]
            yield mark
            done = position - n_parts
        yield from parts[done:]


@dataclass(slots=True)
class Scope:
    """What names mean at one moment."""

    this: object
    outer: "Scope | None"
    """Where `../` leads."""
    data: dict[str, object]
    """What `@name` reads; what is not in it stands in its `_parent`, which `@../` leads to."""
    params: dict[str, object]
    """Block parameters."""
    partial_block: "Write | None" = None
    n_partials: int = 0

    def enter(self, value: object) -> "Scope":
        """The scope inside a block whose `this` is `value`."""
        # As Handlebars has it, a block that keeps `this` is no level for `../`.
        outer = self.outer if value is self.this else self
        return Scope(value, outer, self.data, self.params, self.partial_block, self.n_partials)

    def bind(self, names: tuple[str, ...], *values: object) -> "Scope":
        """Add what `as |name|` names."""
        self.params = {**self.params, **dict(zip(names, values, strict=False))}
        return self


def below(data: dict[str, object]) -> dict[str, object]:
    """A level of `@name` with nothing of its own yet."""
    return {"_parent": data}


Write = Callable[[Scope, Output], None]
Read = Callable[[Scope], object]
