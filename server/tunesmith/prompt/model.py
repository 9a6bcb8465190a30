"""What a parsed `.prompt` file is made of. Every part knows its place in the text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeVar

from tunesmith.prompt.nodes import (
    Block,
    CallParts,
    Comment,
    Mustache,
    Node,
    PartialCall,
    Text,
    walk,
)
from tunesmith.prompt.problem import Problem
from tunesmith.prompt.stretch import Stretch
from tunesmith.prompt.text import LineIndex, Span

N = TypeVar("N", Text, Mustache)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One `key: value` of a YAML mapping."""

    key: str
    key_span: Span
    value: "Yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Yaml:
    """One YAML value with its place."""

    span: Span
    kind: Literal["scalar", "mapping", "sequence"]
    value: object
    """As plain data: dict, list, or a scalar by the YAML 1.2 core schema."""
    entries: tuple[Entry, ...] = ()
    """Of a mapping, in order; a key written twice stands here twice."""
    items: tuple["Yaml", ...] = ()
    """Of a sequence."""

    def entry(self, key: str) -> Entry | None:
        """The entry of a mapping that counts: the last one of that name."""
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frontmatter:
    """The YAML head of a prompt."""

    span: Span
    """With both `---` lines."""
    yaml: Span
    """Between them."""
    root: Yaml
    """A mapping; an empty one where the YAML is broken."""

    def entry(self, *keys: str) -> Entry | None:
        """The entry down a path of keys; a key may hold dots itself."""
        node: Yaml | None = self.root
        found: Entry | None = None
        for key in keys:
            found = node.entry(key) if node else None
            node = found.value if found else None
        return found

    def get(self, *keys: str) -> Yaml | None:
        """The value down a path of keys."""
        found = self.entry(*keys)
        return found.value if found else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Prompt:
    """A parsed `.prompt` file, whatever its text was. Compared and hashed by identity."""

    text: str
    frontmatter: Frontmatter | None
    body: Span
    """The template: trimmed after a frontmatter, else the whole text."""
    stretches: tuple[tuple[int, Stretch], ...]
    """The template part by part, and where each begins."""
    problems: tuple[Problem, ...]
    defaults: Mapping[str, object] = field(default_factory=dict[str, object])
    """`input.default`: values of a row that has none of its own."""

    @cached_property
    def lines(self) -> LineIndex:
        """Between offsets and lines."""
        return LineIndex(self.text)

    @cached_property
    def template(self) -> tuple[Node, ...]:
        """The outermost nodes."""
        return tuple([node.moved(at) for at, one in self.stretches for node in one.nodes])

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node of the template, each before what is inside it, as in all that follow."""
        return tuple(walk(self.template))

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """The texts between the tags, wherever they stand."""
        return tuple([node for node in self.nodes if isinstance(node, Text)])

    @cached_property
    def mustaches(self) -> tuple[Mustache, ...]:
        """The tags that stand for a value."""
        return tuple([node for node in self.nodes if isinstance(node, Mustache)])

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Blocks of every form."""
        return tuple([node for node in self.nodes if isinstance(node, Block)])

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Comments of both forms."""
        return tuple([node.moved(at) for at, one in self.stretches for node in one.comments])

    @cached_property
    def partial_calls(self) -> tuple[PartialCall, ...]:
        """Calls of partials, in both forms."""
        return tuple([node.moved(at) for at, one in self.stretches for node in one.partial_calls])

    def calling(self, name: str) -> tuple[Mustache | Block, ...]:
        """The tags that call a plain name and open no branch; far sooner than from all nodes."""
        return tuple(
            [node.moved(at) for at, one in self.stretches for node in one.calling.get(name, ())]
        )

    def between(self, kind: type[N], start: int, stop: int) -> Iterator[N]:
        """The nodes of a kind that begin between two places, one after the other."""
        for at, stretch in self.stretches:
            if start < at + len(stretch.source) and at < stop:
                for node in stretch.all_nodes:
                    if isinstance(node, kind) and start <= at + node.span.start < stop:
                        yield node.moved(at)

    @cached_property
    def distinct(self) -> frozenset[CallParts]:
        """What its tags say, once for all that say the same."""
        return frozenset[CallParts]().union(*[stretch.distinct for _, stretch in self.stretches])
