"""Fields of the items and objects that an input schema describes, and uses of others."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import cast

from tunesmith.lint.inputs import is_closed
from tunesmith.lint.validate import properties_of
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import (
    Block,
    Call,
    CallParts,
    Expression,
    Mustache,
    Node,
    PartialCall,
    Path,
    Text,
)
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.picoschema import JsonSchema
from tunesmith.prompt.stretch import Stretch, remembered
from tunesmith.prompt.text import Span
from tunesmith.prompt.variables import HELPERS

Known = JsonSchema | None
"""What is known of a value; None: nothing."""
_PLAIN = {"array", "string", "number", "integer", "boolean"}
"""Types of values without fields of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnknownField:
    """A use of a field that the schema does not have."""

    name: str
    span: Span
    """Of the whole path; for a use inside a partial, of the call of the partial."""
    owner: str
    """What lacks it, in words."""
    fields: tuple[str, ...]
    """What there is instead."""
    way_out: str | None
    """`../` as often as it leads to the row, where the path begins with the field."""


@dataclass(kw_only=True, slots=True, eq=False)
class _Scope:
    """What names mean at one place of the template."""

    stack: tuple[Known, ...]
    """What is `this`, outermost first."""
    has_row: bool = True
    """The first of the stack is the row."""
    bound: Mapping[str, Known] = field(default_factory=dict[str, Known])
    within: tuple[str, ...] = ()
    at: Span | None = None
    """The call of the outermost partial."""
    judged: dict[CallParts, tuple[UnknownField, ...]] = field(
        default_factory=dict[CallParts, tuple[UnknownField, ...]]
    )
    """What equal tags use, which is looked at once; places count from where the tag begins."""
    inner: dict[CallParts, "_Scope"] = field(default_factory=dict[CallParts, "_Scope"])
    """Inside of the blocks that equal tags open."""


def unknown_fields(
    prompt: Prompt, partials: Mapping[str, str], schema: JsonSchema
) -> list[UnknownField]:
    """Uses of fields below the first level of `schema` that it does not have."""
    if not any(_has_fields(value) for value in properties_of(schema).values()):
        return []
    judge = _latest[0]
    if (judge.partials, judge.schema) != (partials, schema):
        judge = _latest[0] = _Judge(partials=partials, schema=schema)
    return [
        replace(item, span=item.span.moved(at))
        for at, stretch in prompt.stretches
        for item in judge.fields(stretch)
    ]


class _Judge:
    """Finds what is unknown by one schema, stretch by stretch."""

    def __init__(self, partials: Mapping[str, str], schema: JsonSchema) -> None:
        self.partials, self.schema = partials, schema
        self._row = _Scope(stack=(schema,))
        self.fields = remembered(self._fields)

    def _fields(self, stretch: Stretch) -> list[UnknownField]:
        walker = _Walker(partials=self.partials, row=self.schema)
        walker.nodes(stretch.nodes, self._row)
        return walker.found


_latest = [_Judge({}, {})]
"""Few keystrokes change the schema."""


@dataclass(frozen=True, kw_only=True)
class _Walker:
    partials: Mapping[str, str]
    row: JsonSchema
    found: list[UnknownField] = field(default_factory=list[UnknownField])

    def nodes(self, nodes: tuple[Node, ...], scope: _Scope) -> None:
        for node in nodes:
            if isinstance(node, Text):
                continue
            if isinstance(node, Mustache):
                # Nearly all tags have been seen before, and use nothing unknown.
                if scope.judged.get(node.call.parts) != ():
                    self.call(node.call, scope)
            elif isinstance(node, Block):
                self.block(node, scope)
            elif isinstance(node, PartialCall):
                self.partial(node, scope)

    def call(self, call: Call, scope: _Scope) -> None:
        judged = scope.judged.get(call.parts)
        if judged is None:
            judged = scope.judged[call.parts] = self.judge(_paths(call.parts), scope)
        self.add(judged, call, scope)

    def judge(self, paths: tuple[Path, ...], scope: _Scope) -> tuple[UnknownField, ...]:
        unknown = (self.find(path, scope)[1] for path in paths)
        return tuple(item for item in unknown if item)

    def add(self, judged: tuple[UnknownField, ...], call: Call, scope: _Scope) -> None:
        for item in judged:
            span = scope.at or item.span.moved(call.at)
            self.found.append(replace(item, span=span))

    def block(self, block: Block, scope: _Scope) -> None:
        self.call(block.call, scope)
        inside = self.inside(block.call, scope)
        body, otherwise = (scope, inside) if block.form == "inverse" else (inside, scope)
        self.nodes(block.body, body)
        for branch in block.branches:
            inner = otherwise
            if branch.call:
                self.call(branch.call, scope)
                inner = self.inside(branch.call, scope)
            self.nodes(branch.body, inner)

    def inside(self, call: Call, scope: _Scope) -> _Scope:
        """The scope of a block's body."""
        if call.parts not in scope.inner:
            scope.inner[call.parts] = self.entered(call, scope)
        return scope.inner[call.parts]

    def entered(self, call: Call, scope: _Scope) -> _Scope:
        name = call.parts.name
        is_section = name not in HELPERS and not call.has_arguments
        if not is_section and name not in ("each", "with"):
            return scope
        arguments = call.parts.arguments
        subject = call.parts.callee if is_section else arguments[0] if arguments else None
        known = self.known(subject, scope)
        if name == "each" or (is_section and "array" in _kinds(known)):
            known = _item(known)
        names = [param.name for param in call.parts.params]
        bound = dict.fromkeys(names, None) | dict.fromkeys(names[:1], known)
        stack = (*scope.stack, known)
        return replace(scope, stack=stack, bound={**scope.bound, **bound}, judged={}, inner={})

    def partial(self, node: PartialCall, scope: _Scope) -> None:
        call = node.call
        self.add(self.judge(_given(call.parts), scope), call, scope)
        self.nodes(node.body or (), scope)
        name = node.name
        if name is None or name not in self.partials or name in scope.within:
            return
        context = call.arguments[0] if call.arguments else None
        known = self.known(context, scope) if context else scope.stack[-1]
        inner = _Scope(
            stack=(known,),
            has_row=known is self.row,
            bound={named.key: self.known(named.value, scope) for named in call.named},
            within=(*scope.within, name),
            at=scope.at or node.span,
        )
        self.nodes(parse_partial(self.partials[name]), inner)

    def known(self, value: Expression | None, scope: _Scope) -> Known:
        return self.find(value, scope)[0] if isinstance(value, Path) else None

    def find(self, path: Path, scope: _Scope) -> tuple[Known, UnknownField | None]:
        """What a path leads to, and the first field on it that is not there."""
        known, parts, owner = self.start(path, scope)
        for index, part in enumerate(parts):
            if not _lacks(known, part):
                known, owner = _step(known, part), part
                continue
            if known is self.row:
                return None, None
            is_bare = index == 0 and path.depth == 0 and not path.is_explicit and not path.is_data
            way_out = "../" * (len(scope.stack) - 1) if is_bare and scope.has_row else None
            unknown = UnknownField(
                name=part,
                span=path.span,
                owner=f'"{owner or "this"}"',
                fields=tuple(properties_of(known or {})),
                way_out=way_out if part in properties_of(self.row) and not scope.at else None,
            )
            return None, unknown
        return known, None

    def start(self, path: Path, scope: _Scope) -> tuple[Known, tuple[str, ...], str]:
        """Where a path begins, the steps from there, and the name of what it begins with."""
        if path.is_data:
            is_row = path.name == "root"
            return (self.row, path.parts[1:], "") if is_row else (None, (), "")
        if path.name in scope.bound and not path.is_explicit:
            return scope.bound[path.name], path.parts[1:], path.name
        if path.depth >= len(scope.stack):
            return None, (), ""
        return scope.stack[-1 - path.depth], path.parts, ""


@lru_cache(maxsize=16_384)
def _paths(parts: CallParts) -> tuple[Path, ...]:
    """The paths in a call that are no names of helpers."""
    is_variable = not (parts.arguments or parts.named) and parts.name not in HELPERS
    own = (parts.callee,) if is_variable and isinstance(parts.callee, Path) else ()
    return own + _given(parts)


def _given(parts: CallParts) -> tuple[Path, ...]:
    """The paths in what a helper or a partial is given, and in a name that is worked out."""
    found: list[Path] = []
    for value in (parts.callee, *parts.arguments, *(named.value for named in parts.named)):
        if isinstance(value, Call):
            found += _paths(value.parts)
        elif isinstance(value, Path) and value is not parts.callee:
            found.append(value)
    return tuple(found)


def _step(known: Known, part: str) -> Known:
    if known is None:
        return None
    if part in properties_of(known):
        found = properties_of(known)[part]
        return cast("JsonSchema", found) if isinstance(found, dict) else None
    return _item(known) if part.isdecimal() and "array" in _kinds(known) else None


def _item(known: Known) -> Known:
    items = known.get("items") if known else None
    return cast("JsonSchema", items) if isinstance(items, dict) else None


def _lacks(known: Known, part: str) -> bool:
    """Whether a value surely has no such field."""
    kinds = _kinds(known)
    if known is None or not kinds:
        return False
    if kinds == {"object"}:
        return "properties" in known and is_closed(known) and part not in properties_of(known)
    if "array" in kinds and part.isdecimal():
        return False
    has_length = part == "length" and bool(kinds & {"array", "string"})
    return kinds <= _PLAIN and not has_length


def _has_fields(value: object) -> bool:
    return isinstance(value, dict) and bool({"object", "array"} & _kinds(cast("Known", value)))


def _kinds(known: Known) -> set[object]:
    """The types that a value may have, null apart."""
    kind = known.get("type") if known else None
    kinds = cast("list[object]", kind) if isinstance(kind, list) else [kind]
    return {item for item in kinds if isinstance(item, str) and item != "null"}
