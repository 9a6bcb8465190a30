"""What a parsed `.prompt` file is made of. Every part knows its place in the text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tunesmith.prompt.light import light
from tunesmith.prompt.text import LineIndex, Span

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


@light
class Const:
    """A string, number, true, false, null or undefined, written out."""

    span: Span
    value: Scalar

    def moved(self, by: int) -> "Const":
        """The same, `by` code points further on."""
        return Const(self.span.moved(by), self.value)


@light
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

    def moved(self, by: int) -> "Path":
        """The same, `by` code points further on."""
        return Path(self.span.moved(by), self.parts, self.depth, self.is_data, self.is_explicit)


@light
class Named:
    """A `key=value` argument."""

    key: str
    key_span: Span
    value: "Expression"

    def moved(self, by: int) -> "Named":
        """The same, `by` code points further on."""
        return Named(self.key, self.key_span.moved(by), self.value.moved(by))


@light
class BlockParam:
    """A name between the bars of `as |item index|`."""

    name: str
    span: Span

    def moved(self, by: int) -> "BlockParam":
        """The same, `by` code points further on."""
        return BlockParam(self.name, self.span.moved(by))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CallParts:
    """What a call says. Equal tags share one, so its places count from where the tag begins."""

    span: Span
    callee: "Expression"
    arguments: tuple["Expression", ...] = ()
    named: tuple[Named, ...] = ()
    params: tuple[BlockParam, ...] = ()
    name: str = ""
    """As `Call.name`."""
    path: str = ""
    """The callee with its dots and slashes, where it is a path of several names."""


@light
class Call:
    """What stands in a tag or in parentheses: a variable, or a helper with arguments."""

    parts: CallParts
    at: int
    """Where the places of `parts` count from."""

    @property
    def name(self) -> str:
        """What is called, where that is a plain word; else empty."""
        return self.parts.name

    @property
    def has_arguments(self) -> bool:
        """A helper must be meant, since a variable takes none."""
        return bool(self.parts.arguments or self.parts.named)

    @property
    def span(self) -> Span:
        """From the callee to the last argument."""
        return self.parts.span.moved(self.at)

    @property
    def callee(self) -> "Expression":
        """The variable, or the name of the helper."""
        return self.parts.callee.moved(self.at)

    @property
    def arguments(self) -> tuple["Expression", ...]:
        """The plain arguments."""
        return tuple([value.moved(self.at) for value in self.parts.arguments])

    @property
    def named(self) -> tuple[Named, ...]:
        """The `key=value` arguments."""
        return tuple([named.moved(self.at) for named in self.parts.named])

    @property
    def params(self) -> tuple[BlockParam, ...]:
        """The names in `as |item index|`."""
        return tuple([param.moved(self.at) for param in self.parts.params])

    def moved(self, by: int) -> "Call":
        """The same, `by` code points further on."""
        return Call(self.parts, self.at + by)


Expression = Const | Path | Call


# Template nodes.


@light
class Text:
    """Text between tags."""

    start: int
    end: int
    value: str
    """What is rendered: whitespace control applied, escapes resolved."""

    @property
    def span(self) -> Span:
        """With the backslash of an escaped tag, and all that whitespace control takes."""
        return Span(self.start, self.end)


@light
class Comment:
    """`{{! .. }}` or `{{!-- .. --}}`."""

    span: Span
    text: str


@light
class Mustache:
    """`{{name}}` or `{{helper argument}}`."""

    start: int
    end: int
    call: Call

    @property
    def span(self) -> Span:
        """From brace to brace."""
        return Span(self.start, self.end)


@light
class Branch:
    """`{{else}}` or `{{else if x}}` and what follows it."""

    tag: Span
    call: Call | None
    """None for a plain `{{else}}`."""
    body: tuple["Node", ...]


@light
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


@light
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
            if callee.is_data:
                return "@" + ".".join(callee.parts)
            return self.call.parts.path or "../" * callee.depth + "/".join(callee.parts)
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
    texts: tuple[Text, ...]
    """The texts between the tags, in order and wherever they stand, as are the two below."""
    mustaches: tuple[Mustache, ...]
    others: tuple[Node, ...]
    problems: tuple[Problem, ...]
    defaults: Mapping[str, object] = field(default_factory=dict[str, object])
    """`input.default`: values of a row that has none of its own."""

    @cached_property
    def lines(self) -> LineIndex:
        """Between offsets and lines."""
        return LineIndex(self.text)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node of the template, each before what is inside it."""
        return tuple(walk(self.template))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Blocks of every form."""
        return tuple([node for node in self.others if isinstance(node, Block)])

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Comments of both forms."""
        return tuple([node for node in self.others if isinstance(node, Comment)])

    @cached_property
    def partial_calls(self) -> tuple[PartialCall, ...]:
        """Calls of partials, in both forms."""
        return tuple([node for node in self.others if isinstance(node, PartialCall)])

    @cached_property
    def distinct(self) -> frozenset[CallParts]:
        """What its tags say, once for all that say the same."""
        found = {node.call.parts for node in (*self.mustaches, *self.blocks, *self.partial_calls)}
        branches = (branch for block in self.blocks for branch in block.branches)
        return frozenset(found.union([one.call.parts for one in branches if one.call]))


def walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Every node, each before what is inside it, in the order of the text."""
    found: list[Node] = []
    _collect(nodes, found)
    return iter(found)


def _collect(nodes: tuple[Node, ...], found: list[Node]) -> None:
    for node in nodes:
        found.append(node)
        if isinstance(node, Block):
            _collect(node.body, found)
            for branch in node.branches:
                _collect(branch.body, found)
        elif isinstance(node, PartialCall) and node.body:
            _collect(node.body, found)


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
    parts = call.parts
    for value in (parts.callee, *parts.arguments, *(named.value for named in parts.named)):
        if isinstance(value, Call):
            yield from _calls_in(value.moved(call.at))
