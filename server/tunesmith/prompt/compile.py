"""Template nodes to closures: each writes what its node renders to into an `Output`."""

from collections.abc import Callable, Mapping
from typing import cast

from tunesmith.prompt.expressions import compile_expression, refuse_unknown
from tunesmith.prompt.helpers import block_helper, each, inline_helper
from tunesmith.prompt.model import Block, Call, Expression, Mustache, Node, PartialCall, Path, Text
from tunesmith.prompt.output import RenderError, Segment
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.runtime import MAX_PARTIALS, Output, Read, Scope, Write
from tunesmith.prompt.text import Span
from tunesmith.prompt.values import as_text, is_empty, is_list
from tunesmith.prompt.variables import HELPERS


def compile_nodes(nodes: tuple[Node, ...], at: Span | None = None) -> Write:
    """One closure for all nodes. Inside a partial, `at` is where the prompt calls it."""
    writes = [write for node in nodes if (write := _node(node, at))]

    def write_all(scope: Scope, out: Output) -> None:
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
    segment = Segment(text=node.value, is_value=False, span=at or node.span)
    return lambda _, out: out.add(segment)


def _mustache(node: Mustache, at: Span) -> Write:
    call = node.call
    if call.name in HELPERS:
        return inline_helper(call, at)
    refuse_unknown(call, at)
    read = compile_expression(call.callee, at)
    name = _variable(call.callee)

    def write(scope: Scope, out: Output) -> None:
        out.text(as_text(read(scope)), at, name, is_value=True)

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


def _called_block(
    call: Call,
    body: Write,
    inverse: Write,
    at: Span,
) -> Write:
    if call.name in HELPERS:
        return block_helper(call, body, inverse, at)
    refuse_unknown(call, at)
    return _section_block(call, body, inverse, at)


def _section_block(call: Call, body: Write, inverse: Write, at: Span) -> Write:
    """`{{#name}}`: for each item of a list, once for a value, else the inverse."""
    read = compile_expression(call.callee, at)

    def write(scope: Scope, out: Output) -> None:
        value = read(scope)
        if value is True:
            body(scope, out)
        elif value is None or value is False or (is_list(value) and is_empty(value)):
            inverse(scope, out)
        elif is_list(value):
            each(value, call, body, scope, out, at)
        else:
            body(scope.enter(value, call, (value,)), out)

    return write


def _partial(node: PartialCall, at: Span) -> Write:
    name_of, context_of = _partial_name(node, at), _partial_context(node.call, at)
    fallback = None if node.body is None else compile_nodes(node.body, at)
    compiled: dict[str, Write] = {}

    def body_of(name: str, scope: Scope, out: Output) -> Write | None:
        if name == "@partial-block":
            return scope.partial_block
        text = out.partials.get(name)
        if text is None:
            return None if fallback is None else _within(fallback, scope)
        if text not in compiled:
            compiled[text] = compile_nodes(parse_partial(text), at)
        return compiled[text]

    def write(scope: Scope, out: Output) -> None:
        name = name_of(scope)
        body = body_of(name, scope, out)
        if body is None:
            raise RenderError(f"there is no partial {name}: add a file _{name}.prompt", at)
        if scope.n_partials == MAX_PARTIALS:
            raise RenderError(f"partials are nested deeper than {MAX_PARTIALS} levels", at)
        out.step(at)
        first = len(out.events)
        inner = Scope(
            this=context_of(scope),
            data=scope.data,
            partial_block=None if fallback is None else _within(fallback, scope),
            n_partials=scope.n_partials + 1,
        )
        body(inner, out)
        if node.indent:
            _indent(out, first, node.indent)

    return write


def _partial_context(call: Call, at: Span) -> Read:
    """What is `this` in a partial: its first argument, with its named arguments put in."""
    context = compile_expression(call.arguments[0], at) if call.arguments else _this
    named = [(pair.key, compile_expression(pair.value, at)) for pair in call.named]
    if not named:
        return context

    def read(scope: Scope) -> object:
        value = context(scope)
        given = cast("Mapping[str, object]", value if isinstance(value, Mapping) else {})
        return {**given, **{key: item(scope) for key, item in named}}

    return read


def _this(scope: Scope) -> object:
    return scope.this


def _within(body: Write, outer: Scope) -> Write:
    """A partial block's body, which sees what is visible where it is written."""
    return lambda _, out: body(outer, out)


def _partial_name(node: PartialCall, at: Span) -> Callable[[Scope], str]:
    name = node.name
    if name is not None:
        return lambda _: name
    read = compile_expression(node.call.callee, at)
    return lambda scope: as_text(read(scope))


def _indent(out: Output, first: int, indent: str) -> None:
    """Put the indent before each line written since the event `first`."""
    begins_line = True
    for index in range(first, len(out.events)):
        event = out.events[index]
        if not isinstance(event, Segment):
            continue
        lines = event.text.split("\n")
        for number, line in enumerate(lines):
            if (begins_line if number == 0 else True) and (line or number < len(lines) - 1):
                lines[number] = indent + line
        begins_line = event.text.endswith("\n")
        text = "\n".join(lines)
        out.n_characters += len(text) - len(event.text)
        out.events[index] = Segment(
            text=text, is_value=event.is_value, span=event.span, variable=event.variable
        )


def _nothing(scope: Scope, out: Output) -> None:
    """What a missing `{{else}}` writes."""
