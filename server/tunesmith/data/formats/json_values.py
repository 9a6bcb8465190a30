"""JSON values as rows."""

import json
from typing import cast

from tunesmith.data.row import NOTHING, Row, RowProblem


def read_json(source: str, line: int) -> Row | RowProblem:
    """The row that a JSON text stands for; `line` is where it begins."""
    try:
        value: object = json.loads(source)
    except json.JSONDecodeError as error:
        place = f"column {error.colno}"
        if error.lineno > 1:
            place = f"line {line + error.lineno - 1}, {place}"
        return RowProblem(
            line=line, message=f"not JSON: {error.msg.removesuffix(' at')} at {place}"
        )
    except (ValueError, RecursionError) as error:
        return RowProblem(line=line, message=f"not JSON: {error}")
    return to_row(value, line)


def to_row(value: object, line: int) -> Row | RowProblem:
    """The row that an object is; no other value is one."""
    if not isinstance(value, dict):
        message = f"a JSON {type(value).__name__} where an object {{...}} belongs"
        return RowProblem(line=line, message=message)
    items = cast("dict[str, object]", value)
    values: dict[str, str] = {}
    others: dict[str, object] = {}
    for key, item in items.items():
        if isinstance(item, str):
            values[key] = item
        else:
            values[key] = "" if item is None else json.dumps(item, ensure_ascii=False)
            others[key] = item
    try:
        "".join((*values, *values.values())).encode()
    except UnicodeEncodeError:
        return RowProblem(line=line, message="holds half a character (an unpaired surrogate)")
    return Row(row_id=str(line), line=line, values=values, others=others or NOTHING)
