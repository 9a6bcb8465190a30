"""The helpers of Handlebars and Dotprompt that write, as closures."""

from tunesmith.prompt.conversation import row_turns
from tunesmith.prompt.expressions import arguments_of, value_helper
from tunesmith.prompt.nodes import Call, Const
from tunesmith.prompt.output import ROLES, Media, RenderError, Role, Section
from tunesmith.prompt.runtime import HistoryMark, Output, Read, RoleMark, Scope, Write
from tunesmith.prompt.text import Span
from tunesmith.prompt.values import as_text, is_empty, is_falsy, is_same, pairs_of
from tunesmith.prompt.variables import BLOCK_HELPERS

_ROLE_WORDS: dict[str, Role] = {**{role: role for role in ROLES}, "assistant": "model"}
"""Dotprompt's own words, and the one that data sets of conversations use."""


def inline_helper(call: Call, at: Span) -> Write:
    """What `{{helper ..}}` writes. Raises RenderError for a block helper."""
    if call.name in ("json", "lookup"):
        read = value_helper(call, at)
        return lambda scope, out: out.value(as_text(read(scope)), at)
    if call.name in BLOCK_HELPERS:
        example = f"{{{{#{call.name} ..}}}} .. {{{{/{call.name}}}}}"
        raise RenderError(f"{call.name} is a block helper: write {example}", at)
    arguments, named = arguments_of(call, at)
    match call.name:
        case "role":
            return _role(call, arguments[0], named, at)
        case "history":
            return lambda scope, out: out.mark(HistoryMark(row_turns(scope, at)))
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
            return _each(arguments[0], Loop(call, body, at), inverse)
        case "with":
            return _with(arguments[0], names_of(call), body, inverse)
        case "if" | "unless":
            return _if(call, arguments[0], named.get("includeZero"), body, inverse)
        case _:
            return _if_equals(call, arguments, body, inverse)


def _role(call: Call, read: Read, named: dict[str, Read], at: Span) -> Write:
    written = call.arguments[0]
    known = _ROLE_WORDS.get(str(written.value)) if isinstance(written, Const) else None
    if known and not named:
        mark = RoleMark(known)
        return lambda _, out: out.mark(mark)

    def write(scope: Scope, out: Output) -> None:
        metadata: dict[str, object] = {key: as_text(item(scope)) for key, item in named.items()}
        out.mark(role_mark(as_text(read(scope)), at, metadata))

    return write


def role_mark(word: str, at: Span, metadata: dict[str, object] | None = None) -> RoleMark:
    """The mark that begins a turn. Raises RenderError for a word that is no role."""
    role = _ROLE_WORDS.get(word)
    if role is None:
        raise RenderError(f'"{word}" is no role: write one of {", ".join(ROLES)}', at)
    return RoleMark(role, metadata or {})


def _section(read: Read, at: Span) -> Write:
    return lambda scope, out: out.other(Section(purpose=as_text(read(scope)), span=at))


def _media(named: dict[str, Read], at: Span) -> Write:
    if "url" not in named:
        raise RenderError("media needs its address by name: write {{media url=..}}", at)
    url, content_type = named["url"], named.get("contentType")

    def write(scope: Scope, out: Output) -> None:
        kind = as_text(content_type(scope)) if content_type else ""
        out.other(Media(url=as_text(url(scope)), content_type=kind or None, span=at))

    return write


def _log(scope: Scope, out: Output) -> None:
    """Write nothing: a prompt has no console."""


def names_of(call: Call) -> tuple[str, ...]:
    """What `as |name|` names."""
    return tuple(param.name for param in call.params)


class Loop:
    """A body that is written for each item of a list or a mapping."""

    def __init__(self, call: Call, body: Write, at: Span) -> None:
        self._names, self._body, self._at = names_of(call), body, at

    def write(self, value: object, scope: Scope, out: Output) -> bool:
        """Write the body for each item; whether there was any."""
        pairs = pairs_of(value)
        last = len(pairs) - 1
        for index, (key, item) in enumerate(pairs):
            out.step(self._at)
            inner = scope.enter(item)
            inner.data = {
                "index": index,
                "key": key,
                "first": index == 0,
                "last": index == last,
                "_parent": scope.data,
            }
            self._body(inner.bind(self._names, item, key) if self._names else inner, out)
        return bool(pairs)


def _each(read: Read, loop: Loop, inverse: Write) -> Write:
    def write(scope: Scope, out: Output) -> None:
        if not loop.write(read(scope), scope, out):
            inverse(scope, out)

    return write


def _with(read: Read, names: tuple[str, ...], body: Write, inverse: Write) -> Write:
    def write(scope: Scope, out: Output) -> None:
        value = read(scope)
        if is_empty(value):
            inverse(scope, out)
        else:
            body(scope.enter(value).bind(names, value), out)

    return write


def _if(call: Call, read: Read, include_zero: Read | None, body: Write, inverse: Write) -> Write:
    yes, no = (inverse, body) if call.name == "unless" else (body, inverse)
    if include_zero is None:
        return lambda scope, out: (no if is_falsy(read(scope)) else yes)(scope, out)

    def write(scope: Scope, out: Output) -> None:
        is_no = is_falsy if is_falsy(include_zero(scope)) else is_empty
        (no if is_no(read(scope)) else yes)(scope, out)

    return write


def _if_equals(call: Call, arguments: list[Read], body: Write, inverse: Write) -> Write:
    left, right = arguments
    same, other = (inverse, body) if call.name == "unlessEquals" else (body, inverse)
    return lambda scope, out: (same if is_same(left(scope), right(scope)) else other)(scope, out)
