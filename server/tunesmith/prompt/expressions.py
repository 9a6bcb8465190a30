"""Expressions to closures that read a value from the scope."""

from typing import cast

from tunesmith.prompt.nodes import Call, Const, Expression, Path
from tunesmith.prompt.output import RenderError
from tunesmith.prompt.runtime import Read, Scope
from tunesmith.prompt.text import Span
from tunesmith.prompt.values import MISSING, as_json, as_text, is_falsy, is_list, member
from tunesmith.prompt.variables import HELPERS

_N_ARGUMENTS = {
    "if": 1,
    "unless": 1,
    "each": 1,
    "with": 1,
    "ifEquals": 2,
    "unlessEquals": 2,
    "role": 1,
    "section": 1,
    "json": 1,
    "lookup": 2,
}


def compile_expression(value: Expression, at: Span) -> Read:
    """A closure that reads the value. Raises RenderError for an unknown helper."""
    if isinstance(value, Const):
        constant = _constant(value)
        return lambda _: constant
    if isinstance(value, Path):
        return _path(value)
    if value.name in HELPERS:
        return value_helper(value, at)
    refuse_unknown(value, at)
    return compile_expression(value.callee, at)


def _constant(value: Const) -> object:
    # The tree has None for both `null` and `undefined`, which only their lengths tell apart.
    is_null = value.value is not None or value.span.end - value.span.start == len("null")
    return value.value if is_null else MISSING


def _path(path: Path) -> Read:
    if path.is_data:
        return _data(path)
    if path.depth:
        return _outer(path)
    if not path.parts:
        return lambda scope: scope.this
    return _explicit(path.parts) if path.is_explicit else _plain(path.parts)


def _plain(parts: tuple[str, ...]) -> Read:
    first, rest = parts[0], parts[1:]

    def read(scope: Scope) -> object:
        params, this = scope.params, scope.this
        value = params[first] if params and first in params else member(this, first)
        return _down(value, rest) if rest else value

    return read


def _explicit(parts: tuple[str, ...]) -> Read:
    return lambda scope: _down(scope.this, parts)


def _outer(path: Path) -> Read:
    def read(scope: Scope) -> object:
        found: Scope | None = scope
        for _ in range(path.depth):
            found = found.outer if found else None
        return _down(found.this, path.parts) if found else MISSING

    return read


def _data(path: Path) -> Read:
    def read(scope: Scope) -> object:
        data: object = scope.data
        for _ in range(path.depth):
            data = member(data, "_parent")
        return _down(_inherited(data, path.parts[0]), path.parts[1:]) if path.parts else data

    return read


def _inherited(data: object, name: str) -> object:
    """A member of the innermost frame that has it."""
    while (found := member(data, name)) is MISSING and isinstance(data, dict):
        data = member(cast("object", data), "_parent")
    return found


def _down(value: object, parts: tuple[str, ...]) -> object:
    for part in parts:
        value = member(value, part)
    return value


def value_helper(call: Call, at: Span) -> Read:
    """What `(helper ..)` is worth. Raises RenderError for a helper that gives no value."""
    arguments, named = arguments_of(call, at)
    if call.name == "lookup":
        holder, key = arguments
        return lambda scope: _looked_up(holder(scope), key(scope))
    if call.name == "json":
        indent = named.get("indent")
        return lambda scope: as_json(arguments[0](scope), _indent_of(indent, scope))
    raise RenderError(f"{call.name} gives no value, so it cannot stand in parentheses", at)


def _looked_up(holder: object, key: object) -> object:
    is_nothing = is_falsy(holder) and not is_list(holder)
    return holder if is_nothing else member(holder, as_text(key))


def arguments_of(call: Call, at: Span) -> tuple[list[Read], dict[str, Read]]:
    """The arguments of a helper's call, plain and named. Raises RenderError for a wrong number."""
    n_wanted = _N_ARGUMENTS.get(call.name)
    n_given = len(call.arguments)
    if n_wanted is not None and n_given != n_wanted:
        raise RenderError(f"{call.name} takes {n_wanted} arguments, and has {n_given}", at)
    arguments = [compile_expression(value, at) for value in call.arguments]
    return arguments, {pair.key: compile_expression(pair.value, at) for pair in call.named}


def refuse_unknown(call: Call, at: Span) -> None:
    """Raise RenderError for a call that only a helper could answer."""
    if call.has_arguments:
        name = call.name or "this"
        raise RenderError(f"there is no helper {name}: a variable takes no arguments", at)


def _indent_of(read: Read | None, scope: Scope) -> int:
    value = read(scope) if read else 0
    return min(max(int(value), 0), 10) if isinstance(value, (int, float)) else 0
