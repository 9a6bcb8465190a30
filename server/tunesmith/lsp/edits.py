"""An editor's changes, applied to a text."""

from collections.abc import Iterable

from lsprotocol import types

from tunesmith.prompt.text import ColumnUnit, LineIndex


def apply_changes(
    text: str,
    changes: Iterable[types.TextDocumentContentChangeEvent],
    unit: ColumnUnit,
) -> str:
    """The text after `changes`, which follow one another; places outside it move to its edge."""
    for change in changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            text = _replace(text, change, unit)
        else:
            text = change.text
    return text


def _replace(text: str, change: types.TextDocumentContentChangePartial, unit: ColumnUnit) -> str:
    lines = LineIndex(text)
    start = lines.offset(change.range.start.line, change.range.start.character, unit)
    end = lines.offset(change.range.end.line, change.range.end.character, unit)
    start, end = min(start, end), max(start, end)
    return text[:start] + change.text + text[end:]
