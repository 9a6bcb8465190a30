"""Letters written in parts, such as an accent behind its letter, as some systems do.

They look the same and are other tokens, and more of them: "café" was three tokens composed and
four decomposed. Data, labels and prompt in different forms never match. The composed form (NFC)
is what nearly all text, and so nearly all training data, is written in.

Bad:
    Is the cafe\u0301 open?
Good:
    Is the café open?
"""

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterator
from itertools import groupby

from tunesmith.lint.facts import Facts
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("not-nfc", severity="warning")
_LINE_END = re.compile(r"\n")
# Letters and accents alone, so that no address or number is shown whole.
_WORD = re.compile(r"[^\s!-@\[-`{-~]+")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each line that has such words, anywhere in the file."""
    text = loaded.prompt.text
    if not _may_be_decomposed(text):
        return
    ends = [match.start() for match in _LINE_END.finditer(text)]
    for _, edits in groupby(_edits(text), lambda edit: bisect(ends, edit.start)):
        first, *more = edits
        fix = Fix(title="Write the letters composed (NFC)", edits=(first, *more), safe=True)
        yield RULE.at(Span(first.start, first.end), _message(first.text, len(more)), fix=fix)


def scan(_loaded: LoadedPrompt, _facts: Facts) -> RowSearch:
    """Looks at every value."""
    return RowSearch(_may_be_decomposed, _find)


def _find(_column: str, value: str) -> Hit | None:
    words = [edit.text for edit in _edits(value)]
    return Hit(message=_message(words[0], len(words) - 1)) if words else None


def _may_be_decomposed(text: str) -> bool:
    return not text.isascii() and not unicodedata.is_normalized("NFC", text)


def _edits(text: str) -> Iterator[Edit]:
    for match in _WORD.finditer(text):
        word = unicodedata.normalize("NFC", match.group())
        # Normalising also swaps some signs for others; only putting accents on letters shortens.
        if len(word) < len(match.group()):
            yield Edit(start=match.start(), end=match.end(), text=word)


def _message(word: str, n_more: int) -> str:
    words = f'"{word}"' + (f" and {n_more} more" if n_more else "")
    return f"{words}: letters written in parts (NFD) are other tokens; write them composed (NFC)"
