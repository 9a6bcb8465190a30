"""A control character that turns the order in which a line is shown.

What a person reads is then not what the model reads (Trojan Source, CVE-2021-42574). Silent where
such controls are closed pairs in a line of Arabic or Hebrew, which is what they are for.

Bad:
    Refund all \u202esredro\u202c.
Good:
    Refund all orders.
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.lint.rule import Rule
from tunesmith.lint.unicode import bidi_controls, has_bidi, name_of
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("bidi-control", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each line that has some, anywhere in the file."""
    text = loaded.prompt.text
    for first, *more in bidi_controls(text):
        last = more[-1] if more else first
        edits = tuple(Edit(start=span.start, end=span.end, text="") for span in (first, *more))
        fix = Fix(title="Take out the control characters", edits=edits, safe=True)
        yield RULE.at(Span(first.start, last.end), _message(text[first.start]), fix=fix)


def scan(_loaded: LoadedPrompt, _facts: Facts) -> RowSearch:
    """Looks at every value."""
    return RowSearch(has_bidi, _find)


def _find(_column: str, value: str) -> Hit | None:
    spans = next(bidi_controls(value), None)
    return Hit(message=_message(value[spans[0].start])) if spans else None


def _message(character: str) -> str:
    return (
        f"{name_of(character)} changes the order in which the line is shown, not the one in "
        "which the model reads it; take it out"
    )
