"""What values mean in a template: truth, text, JSON and members, as JavaScript has them.

Values are plain data, as JSON has it: dicts, lists, text, numbers, booleans and None.
"""

import json
import math
from decimal import Decimal
from enum import Enum
from typing import cast


class Missing(Enum):
    """What is read where nothing is: JavaScript's `undefined`, which is not its `null`."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False


MISSING = Missing.MISSING


def is_list(value: object) -> bool:
    """Whether `{{#each}}` counts through it."""
    return isinstance(value, (list, tuple))


def is_empty(value: object) -> bool:
    """Whether `{{#with}}` takes the `{{else}}` branch; 0 is something, an empty list is not."""
    return is_falsy(value) and not _is_zero(value)


def is_falsy(value: object) -> bool:
    """Whether `{{#if}}` takes the `{{else}}` branch; an empty mapping is something."""
    if value:
        return isinstance(value, float) and math.isnan(value)
    return not isinstance(value, dict)


def is_same(left: object, right: object) -> bool:
    """Strict equality: 5 is not "5", true is not 1, null is not what is missing."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float, str)) and isinstance(right, (int, float, str)):
        return left == right
    return left is right


def member(value: object, name: str) -> object:
    """A member by name, by index for a list or a text, or a `length`; MISSING where none is."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value).get(name, MISSING)
    if value is None:
        return None
    if not isinstance(value, (list, tuple, str)):
        return MISSING
    items = cast("list[object]", value)
    if name == "length":
        return len(items)
    is_index = name.isascii() and name.isdigit() and len(name) < 10
    return items[int(name)] if is_index and int(name) < len(items) else MISSING


def pairs_of(value: object) -> list[tuple[object, object]]:
    """Key or index, and item, of what `{{#each}}` goes through."""
    if is_list(value):
        return list(enumerate(cast("list[object]", value)))
    if isinstance(value, dict):
        return list(cast("dict[object, object]", value).items())
    return []


def as_text(value: object) -> str:
    """A value as it stands in a message.

    >>> [as_text(value) for value in (None, True, 1.0, [1, [2, "x"]])]
    ['', 'true', '1', '1,2,x']
    """
    if isinstance(value, str):
        return value
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if is_list(value):
        return ",".join(as_text(item) for item in cast("list[object]", value))
    return "[object Object]" if isinstance(value, dict) else str(value)


def as_json(value: object, indent: int) -> str:
    """A value as JSON, characters kept as they are, whole numbers without a point.

    What is missing is `null`, so that the text around it stays JSON.
    """
    separators = (",", ": ") if indent else (",", ":")
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False, indent=indent or None, separators=separators)


def _plain(value: object) -> object:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return {str(key): _plain(item) for key, item in entries if item is not MISSING}
    if is_list(value):
        return [_plain(item) for item in cast("list[object]", value)]
    if value is MISSING:
        return None
    return value if isinstance(value, (str, int, type(None))) else str(value)


def _is_zero(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if 1e-6 <= abs(value) < 1:
        return format(Decimal(repr(value)), "f")
    digits, _, exponent = repr(value).partition("e")
    sign = "-" if exponent.startswith("-") else "+"
    return f"{digits}e{sign}{exponent.lstrip('+-0')}" if exponent else digits
