"""The variables that a prompt declares in `input.schema`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, cast
from weakref import WeakKeyDictionary

from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Entry, Prompt, Yaml
from tunesmith.prompt.nodes import Block, Call, CallParts, Mustache, Node, PartialCall, Path, walk
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.picoschema import (
    WILDCARD,
    JsonSchema,
    Schema,
    is_json_schema,
    split_key,
    to_json_schema,
)
from tunesmith.prompt.variables import HELPERS

_ROOT = -1
_BARE = ("this", "..", "@root", "{.", " .}", " . ", " .)", " .~", "~.", "(.", "=.", "#.")
_EMPTY = Schema(json=None, faults=(), unresolved=())
_COMBINED = ("$ref", "allOf", "anyOf", "oneOf", "not", "if", "patternProperties")
"""Keywords that can name fields in other ways than `properties`."""


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


@dataclass(frozen=True, kw_only=True)
class _Read:
    """An input schema as it stands in one prompt."""

    schema: JsonSchema | None = None
    declared: dict[str, Input] | None = None
    """None where the schema does not list its variables."""
    is_open: bool = False
    default: Mapping[str, Entry] = field(default_factory=dict[str, Entry])


_read: WeakKeyDictionary[Prompt, _Read] = WeakKeyDictionary()
_schemas: WeakKeyDictionary[Prompt, dict[str, Schema]] = WeakKeyDictionary()


def declared_inputs(loaded: LoadedPrompt) -> Inputs | None:
    """The input schema, or None where there is none that lists its variables."""
    source = _source(loaded)
    found = _of(source)
    if found.declared is None:
        return None
    is_inherited = source is not loaded.prompt
    return Inputs(declared=found.declared, is_open=found.is_open, is_inherited=is_inherited)


def input_schema(loaded: LoadedPrompt) -> JsonSchema | None:
    """The input schema as JSON Schema, where there is one."""
    return _of(_source(loaded)).schema


def defaults_of(loaded: LoadedPrompt) -> set[str]:
    """Variables that have a value in `input.default`, and so need none from elsewhere."""
    return set(_of(_source(loaded)).default)


def own_schema(prompt: Prompt, section: Literal["input", "output"]) -> Schema:
    """The schema that stands in a prompt itself, an empty one where there is none."""
    known = _schemas.setdefault(prompt, {})
    if section not in known:
        node = prompt.frontmatter.get(section, "schema") if prompt.frontmatter else None
        known[section] = to_json_schema(node) if node else _EMPTY
    return known[section]


def is_closed(schema: JsonSchema) -> bool:
    """Whether an object has the fields that its schema lists, and no others."""
    names_others = any(keyword in schema for keyword in _COMBINED)
    return schema.get("additionalProperties") in (None, False) and not names_others


def sees_all_uses(loaded: LoadedPrompt) -> bool:
    """Whether every use of a variable can be seen: by its name, in a template that is there."""
    texts = loaded.partials
    calls = [loaded.prompt.partial_calls, *map(_partial_calls, texts.values())]
    names = [call.name for found in calls for call in found]
    if any(name is None or not (name in texts or name.startswith("@")) for name in names):
        return False
    # Most templates never say `this`, which is seen faster in the text than in the tree.
    everything = "\n".join((loaded.prompt.text, *texts.values()))
    may_take_row = any(word in everything for word in _BARE)
    if may_take_row and not texts and not any(map(_bare, loaded.prompt.distinct)):
        return True
    return not (may_take_row and takes_whole_row(loaded.prompt.template, texts))


def takes_whole_row(nodes: tuple[Node, ...], partials: Mapping[str, str] | None = None) -> bool:
    """Whether a template takes all its variables at once, as `{{json this}}` does."""
    return _takes_row(nodes, partials or {}, 0, ())


def _takes_row(
    nodes: tuple[Node, ...], partials: Mapping[str, str], depth: int | None, within: tuple[str, ...]
) -> bool:
    """`depth` is how many `../` lead to the row; None: it is out of reach but for `@root`."""
    for node in nodes:
        if isinstance(node, Mustache):
            bare = _bare(node.call.parts)
            if bare and (depth in bare or _ROOT in bare):
                return True
        elif isinstance(node, Block):
            if _block_takes_row(node, partials, depth, within):
                return True
        elif isinstance(node, PartialCall) and _partial_takes_row(node, partials, depth, within):
            return True
    return False


def _block_takes_row(
    node: Block, partials: Mapping[str, str], depth: int | None, within: tuple[str, ...]
) -> bool:
    calls = (node.call, *(branch.call for branch in node.branches if branch.call))
    if any({depth, _ROOT} & _bare(call.parts) for call in calls):
        return True
    is_item = node.call.name in ("each", "with") or node.call.name not in HELPERS
    inner = None if depth is None else depth + is_item
    bodies = (node.body, *(branch.body for branch in node.branches))
    return any(_takes_row(body, partials, inner, within) for body in bodies)


def _partial_takes_row(
    node: PartialCall, partials: Mapping[str, str], depth: int | None, within: tuple[str, ...]
) -> bool:
    if {depth, _ROOT} & _bare(node.call.parts):
        return True
    if _takes_row(node.body or (), partials, depth, within):
        return True
    name = node.name
    if name is None or name not in partials or name in within:
        return False
    inner = 0 if depth == 0 and not node.call.parts.arguments else None
    return _takes_row(parse_partial(partials[name]), partials, inner, (*within, name))


# Equal tags share their parts, so each is judged once.
@lru_cache(maxsize=16_384)
def _bare(parts: CallParts) -> frozenset[int | None]:
    """How many `../` lead to what a call takes as a whole: `this`, `..`; `_ROOT` for `@root`."""
    found: set[int | None] = set()
    for value in (parts.callee, *parts.arguments, *(named.value for named in parts.named)):
        if isinstance(value, Call):
            found |= _bare(value.parts)
        elif isinstance(value, Path):
            if value.is_data and value.parts == ("root",):
                found.add(_ROOT)
            elif not value.is_data and not value.parts:
                found.add(value.depth)
    return frozenset(found)


@lru_cache(maxsize=64)
def _partial_calls(text: str) -> tuple[PartialCall, ...]:
    return tuple(node for node in walk(parse_partial(text)) if isinstance(node, PartialCall))


def _source(loaded: LoadedPrompt) -> Prompt:
    """The prompt whose `input` counts, which a variant takes from its parent as a whole."""
    own = loaded.prompt.frontmatter
    if loaded.parent and (own is None or own.entry("input") is None):
        return loaded.parent
    return loaded.prompt


def _of(prompt: Prompt) -> _Read:
    found = _read.get(prompt)
    if found is None:
        section = prompt.frontmatter.get("input") if prompt.frontmatter else None
        json = own_schema(prompt, "input").json
        found = _read[prompt] = _read_section(section, json) if section else _Read()
    return found


def _read_section(section: Yaml, json: JsonSchema | None) -> _Read:
    schema, default = section.entry("schema"), section.entry("default")
    entries = default.value.entries if default else ()
    defaults = {entry.key: entry for entry in entries}
    if schema is None or schema.value.kind != "mapping":
        return _Read(schema=json, default=defaults)
    node = schema.value
    listed = _json_schema(node) if is_json_schema(node) else _picoschema(node)
    declared = {item.name: item for item in listed}
    is_listed = bool(declared) or not is_json_schema(node)
    return _Read(
        schema=json,
        declared=declared if is_listed else None,
        is_open=not is_closed(json or {}),
        default=defaults,
    )


def _picoschema(schema: Yaml) -> Iterator[Input]:
    for entry in schema.entries:
        if entry.key != WILDCARD:
            key = split_key(entry.key)
            yield Input(name=key.name, is_optional=key.is_optional, entry=entry)


def _json_schema(schema: Yaml) -> Iterator[Input]:
    properties, required = schema.entry("properties"), schema.entry("required")
    listed = required.value.value if required else None
    names = cast("list[object]", listed) if isinstance(listed, list) else []
    for entry in properties.value.entries if properties else ():
        yield Input(name=entry.key, is_optional=entry.key not in names, entry=entry)
