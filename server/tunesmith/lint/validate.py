"""YAML values against a JSON Schema, with the place of everything that does not fit.

Knows the keywords that Picoschema and the frontmatter's own schema use. An empty value fits
everywhere: it is a key that is still being written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from tunesmith.prompt.model import Yaml
from tunesmith.prompt.text import Span

_NOUNS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_LONGEST = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Misfit:
    """One value that the schema does not allow, or a key that it does not know."""

    kind: Literal["type", "range", "choice", "unknown", "missing"]
    span: Span
    message: str
    path: tuple[str, ...]
    """Keys down to it."""
    word: str = ""
    """What stands there, where one of `known` was meant."""
    known: tuple[str, ...] = ()
    """Of keys, those that are still free."""


def misfits(
    node: Yaml, schema: Mapping[str, object], *path: str, at: Span | None = None
) -> Iterator[Misfit]:
    """Everything in `node` that `schema` does not allow; `path` are the keys that lead to it.

    `at` is where to say something about the whole of a mapping or a list.
    """
    if node.kind == "scalar" and node.value is None:
        return
    if not _has_type(node, schema):
        span = at if at and node.kind != "scalar" else node.span
        yield Misfit(kind="type", span=span, message=_wrong(node, schema, path), path=path)
        return
    yield from _value(node, schema, path)
    if node.kind == "mapping":
        yield from _mapping(node, schema, path, at)
    items = schema.get("items")
    if node.kind == "sequence" and isinstance(items, dict):
        for item in node.items:
            yield from misfits(item, cast("dict[str, object]", items), *path)


def allowed(schema: Mapping[str, object]) -> str:
    """What a value may be, in words.

    >>> allowed({"type": "integer", "minimum": 1, "maximum": 100})
    'a whole number from 1 to 100'
    """
    choices = schema.get("enum")
    if isinstance(choices, list):
        words = [shown(item) for item in cast("list[object]", choices) if item is not None]
        return f"one of {', '.join(words)}"
    nouns = " or ".join(_NOUNS[kind] for kind in _types(schema) if kind in _NOUNS)
    low, high = schema.get("minimum"), schema.get("maximum")
    above = f" from {low:,.15g}" if isinstance(low, (int, float)) else ""
    below = f" to {high:,.15g}" if isinstance(high, (int, float)) else ""
    return f"{nouns}{above}{below}" if below or not above else f"{nouns}{above} upwards"


def properties_of(schema: Mapping[str, object]) -> Mapping[str, object]:
    """Schemas of the fields that an object may have, by name."""
    found = schema.get("properties")
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def shown(value: object) -> str:
    """A value as a person writes it, cut where it is long."""
    text = "null" if value is None else str(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]}.."


def _value(node: Yaml, schema: Mapping[str, object], path: tuple[str, ...]) -> Iterator[Misfit]:
    value, choices = node.value, schema.get("enum")
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(choices, list) and value not in choices:
        words = tuple(item for item in cast("list[object]", choices) if isinstance(item, str))
        word = value if isinstance(value, str) else ""
        message = _wrong(node, schema, path)
        yield Misfit(
            kind="choice", span=node.span, message=message, path=path, word=word, known=words
        )
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        is_below = isinstance(low, (int, float)) and not value >= low
        is_above = isinstance(high, (int, float)) and not value <= high
        if is_below or is_above:
            message = _wrong(node, schema, path)
            yield Misfit(kind="range", span=node.span, message=message, path=path)


def _mapping(
    node: Yaml, schema: Mapping[str, object], path: tuple[str, ...], at: Span | None
) -> Iterator[Misfit]:
    properties = properties_of(schema)
    others = schema.get("additionalProperties")
    keys = {entry.key for entry in node.entries}
    for entry in node.entries:
        known = properties.get(entry.key, others)
        if isinstance(known, dict):
            fields = cast("dict[str, object]", known)
            yield from misfits(entry.value, fields, *path, entry.key, at=entry.key_span)
        elif known is False:
            message = f'{_named(path)} has no "{entry.key}"'
            yield Misfit(
                kind="unknown",
                span=entry.key_span,
                message=message,
                path=(*path, entry.key),
                word=entry.key,
                known=tuple(key for key in properties if key not in keys),
            )
    required = schema.get("required")
    for key in cast("list[object]", required) if isinstance(required, list) else ():
        if isinstance(key, str) and key not in keys:
            message = f'{_named(path)} lacks "{key}"'
            first = node.entries[0].key_span if node.entries else node.span
            yield Misfit(kind="missing", span=at or first, message=message, path=path)


def _has_type(node: Yaml, schema: Mapping[str, object]) -> bool:
    types = _types(schema)
    value = node.value
    if not types or "any" in types:
        return True
    if node.kind != "scalar":
        return ("object" if node.kind == "mapping" else "array") in types
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, str):
        return "string" in types
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return "number" in types or (is_whole and "integer" in types)


def _types(schema: Mapping[str, object]) -> list[str]:
    kind = schema.get("type")
    kinds = cast("list[object]", kind) if isinstance(kind, list) else [kind]
    return [item for item in kinds if isinstance(item, str)]


def _wrong(node: Yaml, schema: Mapping[str, object], path: tuple[str, ...]) -> str:
    found = {"mapping": "a mapping", "sequence": "a list"}.get(node.kind) or shown(node.value)
    hint = ""
    if (
        node.kind == "scalar"
        and not isinstance(node.value, str)
        and _types(schema)[:1] == ["string"]
    ):
        hint = ": put it in quotes"
    quoted = f'"{found}"' if isinstance(node.value, str) else found
    return f"{_named(path)} must be {allowed(schema)}, not {quoted}{hint}"


def _named(path: tuple[str, ...]) -> str:
    return f'"{path[-1]}"' if path else "this"
