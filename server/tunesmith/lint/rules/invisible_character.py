"""A character that nobody sees: a zero width space, a soft hyphen, a byte order mark.

It splits a word for the tokenizer (a zero width space inside a phrase doubled its tokens) and
keeps two equal texts apart. Tag characters (U+E0000 to U+E007F) and rows of variation selectors
can spell a whole instruction that only a model reads, so these are an error. Silent where the
writing system or an emoji asks for such a character: joiners in Persian and Hindi, breaks in Thai
and Khmer, marks of direction in a line that is written right to left.

Bad:
    Answer in one\u200b word.
Good:
    Answer in one word 👩\u200d🚀 می\u200cخواهم.
"""

import re
from collections.abc import Iterator
from itertools import islice

from tunesmith.lint.facts import Facts
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.lint.rule import Rule
from tunesmith.lint.unicode import MOST_PLACES, Invisible, has_invisible, invisible
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Edit, Finding, Fix, Severity

RULE = Rule("invisible-character", severity="warning")
_MOST_SHOWN = 40
# Letters alone, so that no address or number is shown whole.
_END_OF_WORD = re.compile(r"[^\W\d_]{1,20}\Z")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each run of them, anywhere in the file."""
    text = loaded.prompt.text
    for found in islice(invisible(text), MOST_PLACES):
        # The rule on frontmatter that leaks says what this one does there.
        if loaded.prompt.frontmatter and found.span.end == 1 and text[0] == "\ufeff":
            continue
        edit = Edit(start=found.span.start, end=found.span.end, text="")
        fix = Fix(title="Take out what nobody sees", edits=(edit,), safe=True)
        message = _message(text, found)
        yield RULE.at(found.span, message, severity=_severity(found), fix=fix)


def scan(_loaded: LoadedPrompt, _facts: Facts) -> RowSearch:
    """Looks at every value."""
    return RowSearch(has_invisible, _find)


def _find(_column: str, value: str) -> Hit | None:
    # A hidden text is worth more than the soft hyphen before it.
    found = sorted(invisible(value), key=lambda item: item.hidden is None)
    return Hit(message=_message(value, found[0]), severity=_severity(found[0])) if found else None


def _severity(found: Invisible) -> Severity | None:
    return None if found.hidden is None else "error"


def _message(text: str, found: Invisible) -> str:
    if found.hidden is not None:
        hidden = found.hidden[:_MOST_SHOWN] + "..." * (len(found.hidden) > _MOST_SHOWN)
        spelt = f' that spell "{hidden}"' if hidden else ""
        return f"invisible characters{spelt}: a model reads what no person sees; take them out"
    word = _END_OF_WORD.search(text[max(0, found.span.start - _MOST_SHOWN) : found.span.start])
    place = f' after "{word.group()}"' if word else ""
    return f"{found.name}{place}: nobody sees it, but the model reads it; take it out"
