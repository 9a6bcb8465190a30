"""A word of two scripts, in which a letter passes for another: a Cyrillic letter in a Latin word.

It looks like the word that it is not, to people and to search alike, and becomes other tokens.
Only letters that look the same count, so that "5 kΩ" and "NFκB" do not. An ending from the other
script is how Russian declines a foreign word; it counts only in a text without Russian words.

Bad:
    Is this a message from p\u0430ypal?
Good:
    Is this a message from paypal, 5 kΩ, NFκB или SMSк\u0430?
"""

import re
from collections.abc import Iterator
from itertools import islice

from tunesmith.lint.facts import Facts
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.lint.rule import Rule
from tunesmith.lint.unicode import MOST_PLACES, name_of
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding

RULE = Rule("homoglyph", severity="warning")
_OTHER = r"\u0370-\u03FF\u0400-\u052F"
_LATIN = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F"
_OTHERS = re.compile(f"[{_OTHER}]+")
_SEAM = re.compile(f"[{_OTHER}](?=[{_LATIN}])|[{_LATIN}](?=[{_OTHER}])")
_MIXED = re.compile(
    f"(?<![{_OTHER}{_LATIN}])(?:[{_LATIN}]+[{_OTHER}]|[{_OTHER}]+[{_LATIN}])[{_OTHER}{_LATIN}]*"
)
_OTHER_WORD = re.compile(f"(?<![{_LATIN}])[{_OTHER}]{{3,}}(?![{_LATIN}])")
# Greek letters that science writes beside Latin ones (alpha, mu, Omega) are not among these.
_LIKE_LATIN = frozenset("АВЕІЈКМНОРСТУХЅаеорсухіјѕԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧο")
_LIKE_CYRILLIC = frozenset("ABEIJKMHOPCTYXSaeopcyxijs")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such word, anywhere in the file."""
    text = loaded.prompt.text
    for span, letter in islice(_lookalikes(text), MOST_PLACES):
        yield RULE.at(span, _message(span.of(text), letter))


def scan(_loaded: LoadedPrompt, _facts: Facts) -> RowSearch:
    """Looks at every value."""
    return RowSearch(_has_seam, _find)


def _find(_column: str, value: str) -> Hit | None:
    found = next(_lookalikes(value), None)
    return Hit(message=_message(found[0].of(value), found[1])) if found else None


def _has_seam(text: str) -> bool:
    return not text.isascii() and bool(_OTHERS.search(text)) and bool(_SEAM.search(text))


def _lookalikes(text: str) -> Iterator[tuple[Span, str]]:
    """Each such word, and a letter in it that passes for another."""
    if not _has_seam(text):
        return
    has_other_words = bool(_OTHER_WORD.search(text))
    for match in _MIXED.finditer(text):
        letter = _odd_letter(match.group(), has_other_words)
        if letter:
            yield Span(*match.span()), letter


def _odd_letter(word: str, has_other_words: bool) -> str | None:
    other = "".join(_OTHERS.findall(word))
    latin = "".join(_OTHERS.split(word))
    is_inside = len(_SEAM.findall(word)) > 1
    is_ending = not is_inside and not word.startswith(other)
    if _LIKE_LATIN.issuperset(other) and not (is_ending and has_other_words):
        return other[0]
    return latin[0] if is_inside and _LIKE_CYRILLIC.issuperset(latin) else None


def _message(word: str, letter: str) -> str:
    return (
        f'"{word}" is no word of one script: "{letter}" is {name_of(letter)}, which looks like '
        "another letter; type the word again"
    )
