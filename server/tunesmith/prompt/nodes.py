"""What a template is made of: the expressions in its tags, and the nodes of its tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tunesmith.prompt.light import light
from tunesmith.prompt.text import Span

Scalar = str | int | float | bool | None


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

    def moved(self, by: int) -> "Text":
        """The same, `by` code points further on."""
        return Text(self.start + by, self.end + by, self.value)


@light
class Comment:
    """`{{! .. }}` or `{{!-- .. --}}`."""

    span: Span
    text: str

    def moved(self, by: int) -> "Comment":
        """The same, `by` code points further on."""
        return Comment(self.span.moved(by), self.text)


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

    def moved(self, by: int) -> "Mustache":
        """The same, `by` code points further on."""
        return Mustache(self.start + by, self.end + by, Call(self.call.parts, self.call.at + by))


@light
class Branch:
    """`{{else}}` or `{{else if x}}` and what follows it."""

    tag: Span
    call: Call | None
    """None for a plain `{{else}}`."""
    body: tuple["Node", ...]

    def moved(self, by: int) -> "Branch":
        """The same, `by` code points further on."""
        return Branch(self.tag.moved(by), self.call and self.call.moved(by), moved(self.body, by))


@light
class Block:
    """`{{#name}} .. {{/name}}`, `{{^name}} .. {{/name}}` or `{{{{name}}}} .. {{{{/name}}}}`."""

    span: Span
    """From the opening tag to the end of the closing one; without one, the opening tag alone."""
    form: Literal["block", "inverse", "raw"]
    open: Span
    close: Span | None
    """None where the closing tag is missing; what it would hold stands behind the block then."""
    call: Call
    body: tuple["Node", ...]
    branches: tuple[Branch, ...] = ()

    def moved(self, by: int) -> "Block":
        """The same, `by` code points further on."""
        return Block(
            self.span.moved(by),
            self.form,
            self.open.moved(by),
            self.close and self.close.moved(by),
            self.call.moved(by),
            moved(self.body, by),
            tuple([branch.moved(by) for branch in self.branches]),
        )


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

    def moved(self, by: int) -> "PartialCall":
        """The same, `by` code points further on."""
        body = None if self.body is None else moved(self.body, by)
        return PartialCall(
            self.span.moved(by), self.open.moved(by), self.call.moved(by), self.indent, body
        )


Node = Text | Comment | Mustache | Block | PartialCall


def moved(nodes: tuple[Node, ...], by: int) -> tuple[Node, ...]:
    """The same nodes, `by` code points further on."""
    return tuple([node.moved(by) for node in nodes])


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
