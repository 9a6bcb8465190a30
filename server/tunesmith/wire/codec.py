"""Dataclass to JSON and back; unknown fields are ignored, so that versions can differ."""

import dataclasses
import json
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class WireError(ValueError):
    """A message that does not have the shape its dataclass asks for."""


def to_plain(value: object) -> Any:
    """Dataclasses as dicts, tuples as lists; everything else as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: to_plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        return {str(key): to_plain(item) for key, item in mapping.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in cast("list[object]", value)]
    return value


def from_plain(kind: type[T], plain: object) -> T:
    """The dataclass `kind` from what `to_plain` made of it.

    Raises WireError when a field is missing or has another type.
    """
    return cast("T", _read(kind, plain, getattr(kind, "__name__", "message")))


def dumps(value: object) -> str:
    """One line of JSON; non-ASCII text stays readable."""
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"))


def loads(kind: type[T], line: str) -> T:
    """The dataclass in one line of JSON. Raises WireError for anything else."""
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from error
    return from_plain(kind, plain)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, plain: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(cast("type", kind), plain, where)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(kind, plain, where)
    if origin is Literal:
        if plain not in get_args(kind):
            raise WireError(f"{where}: {plain!r} is none of {get_args(kind)}")
        return plain
    if origin is tuple and isinstance(plain, list):
        inner = get_args(kind)[0]
        return tuple(_read(inner, item, where) for item in cast("list[object]", plain))
    if origin in (dict, Mapping) and isinstance(plain, dict):
        inner = get_args(kind)[1]
        entries = cast("dict[str, object]", plain)
        return {key: _read(inner, item, f"{where}.{key}") for key, item in entries.items()}
    return _read_scalar(kind, plain, where)


def _read_scalar(kind: Any, plain: Any, where: str) -> Any:
    if kind in (Any, object):
        return plain
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    wrong_bool = isinstance(plain, bool) and kind is not bool
    if isinstance(kind, type) and isinstance(plain, kind) and not wrong_bool:
        return plain
    raise WireError(f"{where}: expected {kind}, got {type(plain).__name__}")


def _read_union(kind: Any, plain: Any, where: str) -> Any:
    options = get_args(kind)
    if plain is None and type(None) in options:
        return None
    for option in options:
        if option is not type(None):
            try:
                return _read(option, plain, where)
            except WireError:
                continue
    raise WireError(f"{where}: {type(plain).__name__} fits none of {options}")


def _read_dataclass(kind: type, plain: Any, where: str) -> Any:
    if not isinstance(plain, dict):
        raise WireError(f"{where}: expected an object, got {type(plain).__name__}")
    entries = cast("dict[str, object]", plain)
    hints = _hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in entries:
            hint = hints[field.name]
            values[field.name] = _read(hint, entries[field.name], f"{where}.{field.name}")
    try:
        return kind(**values)
    except TypeError as error:
        raise WireError(f"{where}: {error}") from error
