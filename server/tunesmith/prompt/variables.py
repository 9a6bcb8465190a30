"""Which inputs a prompt takes from the row, and which helpers it calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tunesmith.prompt.model import (
    Block,
    Call,
    Expression,
    Mustache,
    Node,
    PartialCall,
    Path,
    Prompt,
)
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.text import Span

INLINE_HELPERS = frozenset({"role", "history", "media", "section", "json", "lookup", "log"})
BLOCK_HELPERS = frozenset({"if", "unless", "each", "with", "ifEquals", "unlessEquals"})
HELPERS = INLINE_HELPERS | BLOCK_HELPERS
_OPENS_SCOPE = frozenset({"each", "with"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """One use of an input."""

    name: str
    """First part of its path."""
    span: Span
    """Of the whole path; for a use inside a partial, of the call of the partial."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HelperCall:
    """One call that only a helper can answer."""

    name: str
    span: Span
    """Of the name."""
    is_block: bool


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """What names mean at one place of the template."""

    n_inner: int | None = 0
    """How many blocks changed `this`; the row is that many `../` away. None: out of reach."""
    bound: frozenset[str] = frozenset()
    """Block parameters and, inside a partial, the names that its call gives."""
    within: tuple[str, ...] = ()
    """Partials entered so far."""
    at: Span | None = None
    """The call of the outermost partial."""


def variables(prompt: Prompt, partials: Mapping[str, str] | None = None) -> tuple[Variable, ...]:
    """Every use of an input of the row, in the order of the template.

    Names inside `each` and `with` belong to the item, and are not inputs.

    >>> from tunesmith.prompt.parse import parse
    >>> [use.name for use in variables(parse("{{#each items}}{{name}}{{../title}}{{/each}}"))]
    ['items', 'title']
    """
    return tuple(_in_nodes(prompt.template, _Scope(), partials or {}))


def called_helpers(prompt: Prompt) -> tuple[HelperCall, ...]:
    """Every call that must be a helper's: known by name, or with arguments, so no variable."""
    return tuple(_helpers_in(prompt.template))


def _in_nodes(
    nodes: tuple[Node, ...], scope: _Scope, partials: Mapping[str, str]
) -> Iterator[Variable]:
    for node in nodes:
        match node:
            case Mustache():
                yield from _in_call(node.call, scope)
            case Block():
                yield from _in_block(node, scope, partials)
            case PartialCall():
                yield from _in_partial(node, scope, partials)
            case _:
                pass


def _in_block(block: Block, scope: _Scope, partials: Mapping[str, str]) -> Iterator[Variable]:
    yield from _in_call(block.call, scope)
    inside = _inside(block.call, scope)
    body, otherwise = (scope, inside) if block.form == "inverse" else (inside, scope)
    yield from _in_nodes(block.body, body, partials)
    for branch in block.branches:
        inner = otherwise
        if branch.call:
            yield from _in_call(branch.call, scope)
            inner = _inside(branch.call, scope)
        yield from _in_nodes(branch.body, inner, partials)


def _inside(call: Call, scope: _Scope) -> _Scope:
    """The scope of a block's body. A block over a plain variable is a section of that variable."""
    opens = call.name in _OPENS_SCOPE or (call.name not in HELPERS and not call.has_arguments)
    bound = scope.bound | {param.name for param in call.params}
    n_inner = None if scope.n_inner is None else scope.n_inner + opens
    return replace(scope, n_inner=n_inner, bound=bound)


def _in_partial(
    node: PartialCall, scope: _Scope, partials: Mapping[str, str]
) -> Iterator[Variable]:
    call = node.call
    values = [*call.arguments, *(named.value for named in call.named)]
    if isinstance(call.callee, Call):
        values.append(call.callee)
    for value in values:
        yield from _in_expression(value, scope)
    yield from _in_nodes(node.body or (), scope, partials)
    name = node.name
    if name is None or name not in partials or name in scope.within:
        return
    context = call.arguments[0] if call.arguments else None
    keeps_row = context is None or (isinstance(context, Path) and context.parts == ())
    inner = _Scope(
        # A partial cannot reach out of its context with `../`.
        n_inner=0 if keeps_row and scope.n_inner == 0 else None,
        bound=frozenset(named.key for named in call.named),
        within=(*scope.within, name),
        at=scope.at or node.span,
    )
    found = _in_nodes(parse_partial(partials[name]), inner, partials)
    yield from (replace(variable, span=inner.at or node.span) for variable in found)


def _in_call(call: Call, scope: _Scope) -> Iterator[Variable]:
    if not call.has_arguments and call.name not in HELPERS:
        yield from _in_expression(call.callee, scope)
    for argument in call.arguments:
        yield from _in_expression(argument, scope)
    for named in call.named:
        yield from _in_expression(named.value, scope)


def _in_expression(value: Expression, scope: _Scope) -> Iterator[Variable]:
    if isinstance(value, Call):
        yield from _in_call(value, scope)
    elif isinstance(value, Path):
        name = _input_name(value, scope)
        if name:
            yield Variable(name=name, span=value.span)


def _input_name(path: Path, scope: _Scope) -> str:
    """The input that a path begins with; empty where it leads elsewhere."""
    if path.is_data:
        return path.parts[1] if path.name == "root" and len(path.parts) > 1 else ""
    is_bound = path.name in scope.bound and not path.is_explicit
    return path.name if path.depth == scope.n_inner and not is_bound else ""


def _helpers_in(nodes: tuple[Node, ...]) -> Iterator[HelperCall]:
    for node in nodes:
        match node:
            case Mustache():
                yield from _helper_calls(node.call, is_block=False)
            case Block():
                yield from _helper_calls(node.call, is_block=True)
                yield from _helpers_in(node.body)
                for branch in node.branches:
                    if branch.call:
                        yield from _helper_calls(branch.call, is_block=True)
                    yield from _helpers_in(branch.body)
            case PartialCall():
                values = (*node.call.arguments, *(named.value for named in node.call.named))
                yield from _nested_helper_calls((node.call.callee, *values))
                yield from _helpers_in(node.body or ())
            case _:
                pass


def _helper_calls(call: Call, *, is_block: bool) -> Iterator[HelperCall]:
    if isinstance(call.callee, Path) and (call.name in HELPERS or call.has_arguments):
        name = call.name or ".".join(call.callee.parts)
        yield HelperCall(name=name, span=call.callee.span, is_block=is_block)
    values = (*call.arguments, *(named.value for named in call.named))
    yield from _nested_helper_calls(values)


def _nested_helper_calls(values: tuple[Expression, ...]) -> Iterator[HelperCall]:
    for value in values:
        if isinstance(value, Call):
            yield from _helper_calls(value, is_block=False)
