"""Template nodes to closures: each writes what its node renders to into an `Output`."""

from collections.abc import Callable
from functools import lru_cache
from typing import cast

from tunesmith.prompt.expressions import compile_expression, refuse_unknown
from tunesmith.prompt.helpers import Loop, block_helper, inline_helper
from tunesmith.prompt.nodes import Block, Call, Expression, Mustache, Node, PartialCall, Path, Text
from tunesmith.prompt.output import RenderError, Segment
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.runtime import (
    MAX_PARTIALS,
    HistoryMark,
    Output,
    Read,
    RoleMark,
    Scope,
    Write,
    below,
)
from tunesmith.prompt.text import Span
from tunesmith.prompt.typed_marks import BEGIN, write_marked
from tunesmith.prompt.values import MISSING, as_text, is_list
from tunesmith.prompt.variables import HELPERS


def compile_nodes(nodes: tuple[Node, ...], at: Span | None = None) -> Write:
    """One closure for all nodes. Inside a partial, `at` is where the prompt calls it."""
    writes = [write for node in nodes if (write := _node(node, at))]
    n_characters = sum(len(node.value) for node in nodes if isinstance(node, Text))
    if not writes:
        return _nothing

    def write_all(scope: Scope, out: Output) -> None:
        out.n_characters += n_characters
        for write in writes:
            write(scope, out)

    return write_all


def _node(node: Node, at: Span | None) -> Write | None:
    match node:
        case Text():
            return _text(node, at) if node.value else None
        case Mustache():
            return _mustache(node, at or node.span)
        case Block():
            return _block(node, at)
        case PartialCall():
            return _partial(node, at or node.span)
        case _:
            return None


def _text(node: Text, at: Span | None) -> Write:
    if BEGIN in node.value:
        return write_marked(node.value, at or node.span)
    segment = Segment(text=node.value, is_value=False, span=at or node.span)
    return lambda _, out: out.parts.append(segment)


def _mustache(node: Mustache, at: Span) -> Write:
    call = node.call
    if call.name in HELPERS:
        return inline_helper(call, at)
    refuse_unknown(call, at)
    read = compile_expression(call.callee, at)
    name = _variable(call.callee)

    def write(scope: Scope, out: Output) -> None:
        value = read(scope)
        text = value if isinstance(value, str) else as_text(value)
        # As `out.value`, without the call: most of what a prompt does is this.
        if text:
            out.n_characters += len(text)
            out.parts.append(Segment(text, True, at, name))

    return write


def _variable(callee: Expression) -> str | None:
    is_plain = isinstance(callee, Path) and not callee.is_data and bool(callee.parts)
    return callee.name if is_plain and isinstance(callee, Path) else None


def _block(node: Block, at: Span | None) -> Write:
    body, inverse = compile_nodes(node.body, at), _branches(node, 0, at)
    if node.form == "inverse":
        body, inverse = inverse, body
    return _called_block(node.call, body, inverse, at or node.open)


def _branches(node: Block, first: int, at: Span | None) -> Write:
    """What `{{else}}` leads to; `{{else if}}` is a block of its own inside it."""
    if first == len(node.branches):
        return _nothing
    branch = node.branches[first]
    body = compile_nodes(branch.body, at)
    if branch.call is None:
        return body
    inverse = _branches(node, first + 1, at)
    return _called_block(branch.call, body, inverse, at or branch.tag)


def _called_block(call: Call, body: Write, inverse: Write, at: Span) -> Write:
    if call.name in HELPERS:
        return block_helper(call, body, inverse, at)
    refuse_unknown(call, at)
    return _section_block(call, body, inverse, at)


def _section_block(call: Call, body: Write, inverse: Write, at: Span) -> Write:
    """`{{#name}}`: for each item of a list, once for a value, else the inverse."""
    read, loop = compile_expression(call.callee, at), Loop(call, body, at)

    def write(scope: Scope, out: Output) -> None:
        value = read(scope)
        if value is True:
            body(scope, out)
        elif value is None or value is MISSING or value is False or (is_list(value) and not value):
            inverse(scope, out)
        elif is_list(value):
            loop.write(value, scope, out)
        else:
            body(scope.enter(value), out)

    return write


def _partial(node: PartialCall, at: Span) -> Write:
    name_of, context_of = _partial_name(node, at), _partial_context(node.call, at)
    fallback = None if node.body is None else compile_nodes(node.body, at)

    def body_of(name: str, scope: Scope, block: Write | None, out: Output) -> Write:
        text = out.partials.get(name)
        body = scope.partial_block if name == "@partial-block" else block
        if text is not None:
            return _partial_body(text, at)
        if body is None:
            raise RenderError(f"there is no partial {name}: add a file _{name}.prompt", at)
        return body

    def write(scope: Scope, out: Output) -> None:
        block = None if fallback is None else _within(fallback, scope)
        body = body_of(name_of(scope), scope, block, out)
        if scope.n_partials == MAX_PARTIALS:
            raise RenderError(f"partials are nested deeper than {MAX_PARTIALS} levels", at)
        out.step(at)
        n_parts, n_marks = len(out.parts), len(out.marks)
        # A partial with a block is a level of its own for `@../`.
        data = scope.data if block is None else below(scope.data)
        body(Scope(context_of(scope), None, data, {}, block, scope.n_partials + 1), out)
        if node.indent:
            _indent(out, n_parts, n_marks, Segment(text=node.indent, is_value=False, span=at))

    return write


@lru_cache(maxsize=256)
def _partial_body(text: str, at: Span) -> Write:
    return compile_nodes(parse_partial(text), at)


def _partial_context(call: Call, at: Span) -> Read:
    """What is `this` in a partial: its first argument, with its named arguments put in."""
    context = compile_expression(call.arguments[0], at) if call.arguments else _this
    named = [(pair.key, compile_expression(pair.value, at)) for pair in call.named]
    if not named:
        return context

    def read(scope: Scope) -> object:
        value = context(scope)
        given = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        return {**given, **{key: item(scope) for key, item in named}}

    return read


def _this(scope: Scope) -> object:
    return scope.this


def _within(body: Write, place: Scope) -> Write:
    """The body of a partial's block: `this` is the partial's, the rest is that of its place."""

    def write(scope: Scope, out: Output) -> None:
        inner = place.enter(scope.this)
        inner.data, inner.n_partials = below(scope.data), scope.n_partials
        body(inner, out)

    return write


def _partial_name(node: PartialCall, at: Span) -> Callable[[Scope], str]:
    name = node.name
    if name is not None:
        return lambda _: name
    read = compile_expression(node.call.callee, at)
    return lambda scope: as_text(read(scope))


def _indent(out: Output, n_parts: int, n_marks: int, indent: Segment) -> None:
    """Put the indent before each line written after so many parts and marks."""
    begins_line = True
    for event in out.cut(n_parts, n_marks):
        if isinstance(event, Segment):
            text = _indented(event.text, indent.text, begins_line=begins_line)
            begins_line = event.text.endswith("\n")
            out.n_characters += len(text) - len(event.text)
            out.parts.append(event._replace(text=text))
            continue
        if begins_line:
            out.parts.append(indent)
            begins_line = False
        if isinstance(event, (RoleMark, HistoryMark)):
            out.mark(event)
        else:
            out.other(event)


def _indented(text: str, indent: str, *, begins_line: bool) -> str:
    # What follows a line end at the very end of the text is put in place with the next text.
    end = "\n" if text.endswith("\n") else ""
    lines = text.removesuffix("\n").replace("\n", f"\n{indent}")
    return f"{indent if begins_line else ''}{lines}{end}"


def _nothing(scope: Scope, out: Output) -> None:
    """What a missing `{{else}}` writes."""
