"""Picoschema, the short form of JSON Schema in a frontmatter, as Dotprompt reads it.

After google/dotprompt, js/src/picoschema.ts. What a runtime would refuse is a fault with its
place, and stands as `{}` in the schema.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tunesmith.prompt.model import Entry, Yaml
from tunesmith.prompt.text import Span

SCALARS = ("any", "boolean", "integer", "null", "number", "string")
TYPES = (*SCALARS, "array", "object")
"""What a `type` is where a runtime takes a schema for JSON Schema."""
FORMS = ("array", "object", "enum")
"""Words in the parentheses of a key."""
WILDCARD = "(*)"

JsonSchema = dict[str, object]
Resolve = Callable[[str], Mapping[str, object] | None]
"""Name of a schema to the schema, where there is one."""

_LINE_END = re.compile("[\n\r\u2028\u2029]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A part that no runtime accepts."""

    span: Span
    message: str
    word: str = ""
    """What stands there, where one of `known` was meant."""
    known: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A schema that the program is to define, or a misspelt type."""

    name: str
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """What a schema in a frontmatter means."""

    json: JsonSchema | None
    """None where it is empty."""
    faults: tuple[Fault, ...]
    unresolved: tuple[Named, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key of a Picoschema mapping: `name`, `name?`, `name(array, all of them)`."""

    name: str
    is_optional: bool
    form: str | None = None
    """The word in parentheses."""
    description: str | None = None


def to_json_schema(node: Yaml, resolve: Resolve | None = None) -> Schema:
    """The JSON Schema that `node` stands for; one that is JSON Schema already stays as it is.

    Never raises. `resolve` finds schemas by name.
    """
    reader = _Reader(resolve=resolve)
    json = reader.root(node)
    return Schema(json=json, faults=tuple(reader.faults), unresolved=tuple(reader.unresolved))


def is_json_schema(node: Yaml) -> bool:
    """Whether a runtime takes a schema for JSON Schema: it has a `type`, or `properties`."""
    kind, properties = node.entry("type"), node.entry("properties")
    if kind and kind.value.value in TYPES:
        return True
    return properties is not None and properties.value.kind == "mapping"


def split_key(key: str) -> Key:
    """What a key says.

    >>> split_key("tags?(array, all of them)")
    Key(name='tags', is_optional=True, form='array', description='all of them')
    """
    name, *rest = key.split("(")
    is_optional = name.endswith("?")
    name = name.removesuffix("?")
    if not rest or not rest[0]:
        return Key(name=name, is_optional=is_optional)
    form, description = split_description(rest[0][:-1])
    return Key(name=name, is_optional=is_optional, form=form, description=description)


def split_description(text: str) -> tuple[str, str | None]:
    """A type and its description, which the first comma sets apart.

    >>> split_description("string,  a name, or two")
    ('string', 'a name, or two')
    """
    # The runtimes match a pattern without line ends, and so find only a comma of the last line.
    head, comma, tail = _LINE_END.split(text)[-1].partition(",")
    return (head, tail.lstrip(" ")) if comma else (text, None)


@dataclass(kw_only=True)
class _Reader:
    resolve: Resolve | None
    faults: list[Fault] = field(default_factory=list[Fault])
    unresolved: list[Named] = field(default_factory=list[Named])

    def root(self, node: Yaml) -> JsonSchema | None:
        if not node.value and node.kind == "scalar":
            return None
        if not is_json_schema(node):
            schema = self.part(node)
            # Both runtimes write the word out here, and nowhere else.
            is_any = isinstance(node.value, str) and split_description(node.value)[0] == "any"
            return {"type": "any", **schema} if is_any else schema
        plain = _mapping(node)
        self._find_field_called_type(node)
        return plain if plain.get("type") in TYPES else {**plain, "type": "object"}

    def part(self, node: Yaml) -> JsonSchema:
        if node.kind == "mapping":
            return self.object(node)
        if isinstance(node.value, str):
            return self.scalar(node.value, node.span)
        what = "a list" if node.kind == "sequence" else f'"{_shown(node.value)}"'
        message = f'{what} is no schema: write a type such as "string", or a mapping of fields'
        self.faults.append(Fault(span=node.span, message=message))
        return {}

    def scalar(self, text: str, span: Span) -> JsonSchema:
        kind, description = split_description(text)
        described: JsonSchema = {"description": description} if description else {}
        if kind in SCALARS:
            return described if kind == "any" else {"type": kind, **described}
        found = self.resolve(kind) if self.resolve else None
        if found is None:
            self.unresolved.append(Named(name=kind, span=span))
            return described
        return {**found, **described}

    def object(self, node: Yaml) -> JsonSchema:
        fields: JsonSchema = {}
        written: dict[str, str] = {}
        required: list[str] = []
        others: object = False
        for entry in node.entries:
            if entry.key == WILDCARD:
                others = self.part(entry.value)
                continue
            key = split_key(entry.key)
            # A key that stands twice letter for letter is a matter of YAML.
            if written.setdefault(key.name, entry.key) != entry.key:
                message = f'the field "{key.name}" is described already: remove one of the two'
                self.faults.append(Fault(span=entry.key_span, message=message))
            schema = self.field(key, entry)
            fields[key.name] = (
                {**schema, "description": key.description} if key.description else schema
            )
            if not key.is_optional and key.name not in required:
                required.append(key.name)
        schema: JsonSchema = {
            "type": "object",
            "properties": fields,
            "additionalProperties": others,
        }
        return {**schema, "required": required} if required else schema

    def field(self, key: Key, entry: Entry) -> JsonSchema:
        if entry.value.kind == "scalar" and entry.value.value is None:
            is_null = entry.value.span.end > entry.value.span.start
            missing = 'the type is missing: write one such as "string"'
            message = 'null is a type in quotes only: write "null"' if is_null else missing
            self.faults.append(Fault(span=entry.key_span, message=message))
            return {}
        match key.form:
            case None:
                return _nullable(self.part(entry.value), key)
            case "array":
                return _nullable({"type": "array", "items": self.part(entry.value)}, key)
            case "object":
                return _nullable(self.part(entry.value), key)
            case "enum":
                return self.enum(key, entry)
            case form:
                self.faults.append(_unknown_form(form, entry))
                return {}

    def enum(self, key: Key, entry: Entry) -> JsonSchema:
        if entry.value.kind != "sequence":
            message = "an enum is a list of its values: write [red, green]"
            self.faults.append(Fault(span=entry.value.span, message=message))
            return {}
        values = [item.value for item in entry.value.items]
        needs_null = key.is_optional and None not in values
        return {"enum": [*values, None] if needs_null else values}

    def _find_field_called_type(self, node: Yaml) -> None:
        """Fields beside a field called `type`, which makes runtimes take all for JSON Schema."""
        kind = node.entry("type")
        if kind is None or node.entry("properties"):
            return
        others = [entry for entry in node.entries if entry is not kind]
        if any(_is_field(entry) for entry in others):
            message = (
                'a field called "type" makes this JSON Schema, and the other fields mean nothing: '
                "rename the field"
            )
            self.faults.append(Fault(span=kind.key_span, message=message))


def _nullable(schema: JsonSchema, key: Key) -> JsonSchema:
    """An optional field may be null as well; a type that is a list already stays as it is."""
    kind = schema.get("type")
    return (
        {**schema, "type": [kind, "null"]} if key.is_optional and isinstance(kind, str) else schema
    )


def _unknown_form(form: str, entry: Entry) -> Fault:
    if entry.key.rstrip().endswith("?"):
        message = (
            'the question mark of an optional field stands before the parenthesis: "tags?(array)"'
        )
        return Fault(span=entry.key_span, message=message)
    if not entry.key.endswith(")"):
        return Fault(span=entry.key_span, message="the parenthesis of this key is never closed")
    message = f'"{form}" cannot stand in parentheses'
    return Fault(span=entry.key_span, message=message, word=form, known=FORMS)


def _is_field(entry: Entry) -> bool:
    """Whether an entry reads as a field of Picoschema, and as no keyword of JSON Schema."""
    text = entry.value.value
    is_keyword = entry.key in ("description", "title", "format", "pattern", "default", "const")
    has_type = isinstance(text, str) and split_description(text)[0] in SCALARS
    return not is_keyword and (has_type or split_key(entry.key).form in FORMS)


def _mapping(node: Yaml) -> JsonSchema:
    return {entry.key: entry.value.value for entry in node.entries}


def _shown(value: object) -> str:
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )
