"""Values that say nothing."""

_WORDS = frozenset(("nan", "NaN", "<NA>", "null", "NULL"))


def is_empty(value: str) -> bool:
    """Whether a value is blank, or what a program writes for one that is missing.

    >>> is_empty(" "), is_empty("nan"), is_empty("none of these")
    (True, True, False)
    """
    return value in _WORDS or not value or value.isspace()
