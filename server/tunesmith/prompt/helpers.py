"""The helpers of Handlebars and Dotprompt that write, as closures."""

from collections.abc import Callable

from tunesmith.prompt.expressions import arguments_of, value_helper
from tunesmith.prompt.model import Call
from tunesmith.prompt.output import ROLES, Media, RenderError, Role, Section
from tunesmith.prompt.runtime import HistoryMark, Output, Read, RoleMark, Scope, Write
from tunesmith.prompt.text import Span
from tunesmith.prompt.values import as_text, is_empty, is_falsy, is_same, items_of
from tunesmith.prompt.variables import BLOCK_HELPERS

_ROLE_WORDS: dict[str, Role] = {**{role: role for role in ROLES}, "assistant": "model"}
"""Dotprompt's own words, and the one that data sets of conversations use."""


def inline_helper(call: Call, at: Span) -> Write:
    """What `{{helper ..}}` writes. Raises RenderError for a block helper."""
    if call.name in ("json", "lookup"):
        read = value_helper(call, at)
        return lambda scope, out: out.text(as_text(read(scope)), at, is_value=True)
    if call.name in BLOCK_HELPERS:
        example = f"{{{{#{call.name} ..}}}} .. {{{{/{call.name}}}}}"
        raise RenderError(f"{call.name} is a block helper: write {example}", at)
    arguments, named = arguments_of(call, at)
    match call.name:
        case "role":
            return _role(arguments[0], named, at)
        case "history":
            return lambda _, out: out.events.append(HistoryMark())
        case "section":
            return _section(arguments[0], at)
        case "media":
            return _media(named, at)
        case _:
            return _log


def block_helper(call: Call, body: Write, inverse: Write, at: Span) -> Write:
    """What `{{#helper ..}} .. {{/helper}}` writes."""
    if call.name not in BLOCK_HELPERS:
        # Every runtime calls such a helper as if it stood inline, and drops the body.
        return inline_helper(call, at)
    arguments, named = arguments_of(call, at)
    match call.name:
        case "each":
            return _each(call, arguments[0], body, inverse, at)
        case "with":
            return _with(call, arguments[0], body, inverse)
        case "if" | "unless":
            return _if(call, arguments[0], named.get("includeZero"), body, inverse)
        case _:
            return _if_equals(call, arguments, body, inverse)


def _role(read: Read, named: dict[str, Read], at: Span) -> Write:
    def write(scope: Scope, out: Output) -> None:
        word = as_text(read(scope))
        role = _ROLE_WORDS.get(word)
        if role is None:
            raise RenderError(f'"{word}" is no role: write one of {", ".join(ROLES)}', at)
        metadata: dict[str, object] = {key: as_text(item(scope)) for key, item in named.items()}
        out.events.append(RoleMark(role, metadata))

    return write


def _section(read: Read, at: Span) -> Write:
    return lambda scope, out: out.events.append(Section(purpose=as_text(read(scope)), span=at))


def _media(named: dict[str, Read], at: Span) -> Write:
    if "url" not in named:
        raise RenderError("media needs its address by name: write {{media url=..}}", at)
    url, content_type = named["url"], named.get("contentType")

    def write(scope: Scope, out: Output) -> None:
        kind = as_text(content_type(scope)) if content_type else ""
        out.events.append(Media(url=as_text(url(scope)), content_type=kind or None, span=at))

    return write


def _log(scope: Scope, out: Output) -> None:
    """Write nothing: a prompt has no console."""


def _each(call: Call, read: Read, body: Write, inverse: Write, at: Span) -> Write:
    def write(scope: Scope, out: Output) -> None:
        if not each(read(scope), call, body, scope, out, at):
            inverse(scope, out)

    return write


def each(value: object, call: Call, body: Write, scope: Scope, out: Output, at: Span) -> bool:
    """Write the body for each item; whether there was any."""
    pairs = list(items_of(value))
    for index, (key, item) in enumerate(pairs):
        out.step(at)
        last = index == len(pairs) - 1
        data = {"index": index, "key": key, "first": index == 0, "last": last}
        body(scope.enter(item, call, (item, key), data), out)
    return bool(pairs)


def _with(call: Call, read: Read, body: Write, inverse: Write) -> Write:
    def write(scope: Scope, out: Output) -> None:
        value = read(scope)
        if is_empty(value):
            inverse(scope, out)
        else:
            body(scope.enter(value, call, (value,)), out)

    return write


def _if(call: Call, read: Read, include_zero: Read | None, body: Write, inverse: Write) -> Write:
    def holds(scope: Scope) -> bool:
        counts_zero = include_zero is not None and not is_falsy(include_zero(scope))
        value = read(scope)
        return not (is_empty(value) if counts_zero else is_falsy(value))

    return _choice(holds, body, inverse, negated=call.name == "unless")


def _if_equals(call: Call, arguments: list[Read], body: Write, inverse: Write) -> Write:
    left, right = arguments

    def holds(scope: Scope) -> bool:
        return is_same(left(scope), right(scope))

    return _choice(holds, body, inverse, negated=call.name == "unlessEquals")


def _choice(holds: Callable[[Scope], bool], body: Write, inverse: Write, *, negated: bool) -> Write:
    yes, no = (inverse, body) if negated else (body, inverse)

    def write(scope: Scope, out: Output) -> None:
        (yes if holds(scope) else no)(scope, out)

    return write
