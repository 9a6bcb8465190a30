"""The variables that a prompt declares in `input.schema`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Block, Entry, Expression, Node, Path, Prompt, Yaml, calls_of
from tunesmith.prompt.variables import HELPERS


@dataclass(frozen=True, kw_only=True)
class Input:
    """One variable that a schema declares."""

    name: str
    is_optional: bool
    entry: Entry


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All of them."""

    declared: dict[str, Input]
    is_open: bool
    """The schema allows other names too, with `(*)` or `additionalProperties`."""
    is_inherited: bool
    """It stands in the prompt that this one is a variant of."""


def declared_inputs(loaded: LoadedPrompt) -> Inputs | None:
    """The input schema, or None where there is none that lists its variables."""
    schema = _input(loaded, "schema")
    if schema is None or schema.kind != "mapping":
        return None
    properties = schema.entry("properties")
    is_json_schema = properties is not None and properties.value.kind == "mapping"
    found = list(_json_schema(schema) if is_json_schema else _picoschema(schema))
    return Inputs(
        declared={item.name: item for item in found},
        is_open=any(entry.key.startswith("(*)") for entry in schema.entries)
        or (is_json_schema and _value(schema, "additionalProperties") not in (None, False)),
        is_inherited=_own_input(loaded.prompt) is None,
    )


def defaults_of(loaded: LoadedPrompt) -> set[str]:
    """Variables that have a value in `input.default`, and so need none from elsewhere."""
    default = _input(loaded, "default")
    return {entry.key for entry in default.entries} if default else set()


def takes_whole_row(nodes: tuple[Node, ...], depth: int = 0) -> bool:
    """Whether a template takes all its variables at once, as `{{json this}}` does."""
    for node in nodes:
        for call in calls_of(node):
            values = (*call.arguments, *(named.value for named in call.named), call.callee)
            if any(_is_row(value, depth) for value in values):
                return True
        if isinstance(node, Block):
            is_item = node.call.name in ("each", "with") or node.call.name not in HELPERS
            bodies = (node.body, *(branch.body for branch in node.branches))
            if any(takes_whole_row(body, depth + is_item) for body in bodies):
                return True
    return False


def _is_row(value: Expression, depth: int) -> bool:
    return (
        isinstance(value, Path)
        and value.depth == depth
        and value.parts == (("root",) if value.is_data else ())
    )


def _input(loaded: LoadedPrompt, key: str) -> Yaml | None:
    """A part of `input`, which a variant takes from its parent as a whole."""
    found = _own_input(loaded.prompt)
    if found is None and loaded.parent:
        found = _own_input(loaded.parent)
    entry = found.entry(key) if found else None
    return entry.value if entry else None


def _own_input(prompt: Prompt) -> Yaml | None:
    return prompt.frontmatter.get("input") if prompt.frontmatter else None


def _picoschema(schema: Yaml) -> Iterator[Input]:
    # A key is a name, perhaps a question mark, perhaps a type in parentheses: `tags?(array, why)`.
    for entry in schema.entries:
        name = entry.key.split("(", 1)[0].strip()
        if name:
            bare = name.removesuffix("?")
            yield Input(name=bare, is_optional=bare != name, entry=entry)


def _json_schema(schema: Yaml) -> Iterator[Input]:
    properties, required = schema.entry("properties"), _value(schema, "required")
    names = cast("list[object]", required) if isinstance(required, list) else []
    for entry in properties.value.entries if properties else ():
        yield Input(name=entry.key, is_optional=entry.key not in names, entry=entry)


def _value(node: Yaml, key: str) -> object:
    entry = node.entry(key)
    return entry.value.value if entry else None
