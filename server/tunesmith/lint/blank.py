"""Values that say nothing."""

from tunesmith.data.stream import HEADED, Row
from tunesmith.lint.facts import DataFile

_WORDS = frozenset(("nan", "NaN", "<NA>", "null", "NULL"))


def is_empty(value: str) -> bool:
    """Whether a value is blank, or what a program writes for one that is missing.

    >>> is_empty(" "), is_empty("nan"), is_empty("none of these")
    (True, True, False)
    """
    return value in _WORDS or not value or value.isspace()


def value_of(file: DataFile, row: Row, column: str) -> str | None:
    """What a row has in a column; None where the whole file lacks the column.

    A JSON object may lack what other lines have, and has nothing there.
    """
    is_headed = file.path.name.lower().endswith(HEADED)
    return row.values.get(column) if is_headed else row.text(column)
