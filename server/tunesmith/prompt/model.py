"""What a parsed `.prompt` file is made of. Every part knows its place in the text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tunesmith.prompt.text import Span

ProblemCode = Literal[
    "invalid-yaml",
    "frontmatter-unclosed",
    "duplicate-key",
    "unclosed-block",
    "unmatched-closing-block",
    "unbalanced-brace",
    "too-deep",
]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something in the text that could not be read as it stands."""

    code: ProblemCode
    """Name of the rule that reports it."""
    span: Span
    message: str


# Frontmatter.


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


# Expressions inside a tag.


@dataclass(frozen=True, kw_only=True, slots=True)
class Const:
    """A string, number, true, false, null or undefined, written out."""

    span: Span
    value: Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A variable: `review`, `user.name`, `../title`, `this`, `@index`."""

    span: Span
    parts: tuple[str, ...]
    """Without `this`, `..` and `@`; empty for a bare `this`."""
    depth: int
    """How many `../` lead out of the present scope."""
    is_data: bool
    """Begins with `@`."""
    is_explicit: bool
    """Begins with `this`, `.` or `..`, so that it can name no helper and no block parameter."""

    @property
    def name(self) -> str:
        """Its first part, such as the variable of the data set; empty for a bare `this`."""
        return self.parts[0] if self.parts else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A `key=value` argument."""

    key: str
    key_span: Span
    value: "Expression"


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockParam:
    """A name between the bars of `as |item index|`."""

    name: str
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What stands in a tag or in parentheses: a variable, or a helper with arguments."""

    span: Span
    callee: "Expression"
    arguments: tuple["Expression", ...] = ()
    named: tuple[Named, ...] = ()
    params: tuple[BlockParam, ...] = ()

    @property
    def name(self) -> str:
        """What is called, where that is a plain word; else empty."""
        callee = self.callee
        if isinstance(callee, Path) and len(callee.parts) == 1:
            return "" if callee.is_data or callee.is_explicit else callee.parts[0]
        return ""

    @property
    def has_arguments(self) -> bool:
        """A helper must be meant, since a variable takes none."""
        return bool(self.arguments or self.named)


Expression = Const | Path | Call


# Template nodes.


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Text between tags."""

    span: Span
    value: str
    """What is rendered: whitespace control applied, escapes resolved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """`{{! .. }}` or `{{!-- .. --}}`."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mustache:
    """`{{name}}` or `{{helper argument}}`."""

    span: Span
    call: Call


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """`{{else}}` or `{{else if x}}` and what follows it."""

    tag: Span
    call: Call | None
    """None for a plain `{{else}}`."""
    body: tuple["Node", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """`{{#name}} .. {{/name}}`, `{{^name}} .. {{/name}}` or `{{{{name}}}} .. {{{{/name}}}}`."""

    span: Span
    """From the opening tag to the end of the closing one, or to where the block was given up."""
    form: Literal["block", "inverse", "raw"]
    open: Span
    close: Span | None
    """None where the closing tag is missing."""
    call: Call
    body: tuple["Node", ...]
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PartialCall:
    """`{{> name context key=value}}`, or `{{#> name}} fallback {{/name}}`."""

    span: Span
    open: Span
    call: Call
    """The callee is the partial's name, the first argument its context."""
    indent: str
    """Put before each line of the partial, where it stands alone on an indented line."""
    body: tuple["Node", ...] | None = None
    """Of the block form: rendered for `{{> @partial-block}}`, or where there is no such partial."""

    @property
    def name(self) -> str | None:
        """The partial's name; None where it is computed."""
        callee = self.call.callee
        if isinstance(callee, Path):
            return "@" + ".".join(callee.parts) if callee.is_data else "/".join(callee.parts)
        return str(callee.value) if isinstance(callee, Const) else None


Node = Text | Comment | Mustache | Block | PartialCall


@dataclass(frozen=True, kw_only=True, eq=False)
class Prompt:
    """A parsed `.prompt` file, whatever its text was. Compared and hashed by identity."""

    text: str
    frontmatter: Frontmatter | None
    body: Span
    """The template: trimmed after a frontmatter, else the whole text."""
    template: tuple[Node, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node of the template, each before what is inside it."""
        return tuple(walk(self.template))

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """The texts between the tags."""
        return tuple(node for node in self.nodes if isinstance(node, Text))

    @cached_property
    def mustaches(self) -> tuple[Mustache, ...]:
        """`{{name}}` and `{{helper argument}}`."""
        return tuple(node for node in self.nodes if isinstance(node, Mustache))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Blocks of every form."""
        return tuple(node for node in self.nodes if isinstance(node, Block))

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Comments of both forms."""
        return tuple(node for node in self.nodes if isinstance(node, Comment))

    @cached_property
    def partial_calls(self) -> tuple[PartialCall, ...]:
        """Calls of partials, in both forms."""
        return tuple(node for node in self.nodes if isinstance(node, PartialCall))


def walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Every node, each before what is inside it, in the order of the text."""
    for node in nodes:
        yield node
        if isinstance(node, (Block, PartialCall)):
            yield from walk(node.body or ())
        if isinstance(node, Block):
            for branch in node.branches:
                yield from walk(branch.body)


def calls_of(node: Node) -> Iterator[Call]:
    """Every call written in a node's own tags, sub-expressions included."""
    match node:
        case Mustache() | PartialCall():
            yield from _calls_in(node.call)
        case Block():
            yield from _calls_in(node.call)
            for branch in node.branches:
                if branch.call:
                    yield from _calls_in(branch.call)
        case _:
            return


def _calls_in(call: Call) -> Iterator[Call]:
    yield call
    values = (call.callee, *call.arguments, *(named.value for named in call.named))
    for value in values:
        if isinstance(value, Call):
            yield from _calls_in(value)
