"""Formatting as the smallest edit that does it."""

from collections.abc import Iterable, Mapping

from lsprotocol import types

from tunesmith.features.convert import to_range
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.format import format_prompt
from tunesmith.prompt.text import ColumnUnit, LineIndex, Span


def formatting(
    loaded: LoadedPrompt,
    rows: Iterable[Mapping[str, object]],
    lines: LineIndex,
    unit: ColumnUnit,
) -> list[types.TextEdit]:
    """What formatting changes; every row renders as before. Raises FormatError."""
    before, after = loaded.prompt.text, format_prompt(loaded, rows)
    if before == after:
        return []
    # Only what lies between the first and the last difference, so that cursors stay in place.
    start = _n_common(before, after)
    n_same = _n_common(before[start:][::-1], after[start:][::-1])
    new = after[start : len(after) - n_same]
    return [types.TextEdit(to_range(Span(start, len(before) - n_same), lines, unit), new)]


def _n_common(one: str, other: str) -> int:
    """How many characters the two have in common from their beginning on."""
    shorter = min(len(one), len(other))
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), shorter)
