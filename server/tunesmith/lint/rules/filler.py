"""Words that carry nothing: courtesies and long-winded turns of phrase.

Off unless it is selected: they cost tokens in every row, and whether a model answers better or
worse for them is known for none of them in advance.

Bad:
    Please kindly translate the text in order to help a tourist.
    {{text}}
Good:
    Translate the text to help a tourist.
    {{text}}
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.wording import places
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("filler", severity="hint", preset=None)
_FILLER = re.compile(
    r"\b(?:please kindly|kindly|please|in order to|it is important (?:that you|to note that)"
    r"|make sure that you|i would like you to|thank you(?: very much)?[.!]?)[ \t]?",
    re.IGNORECASE,
)
_SHORTER = {"in order to": "to"}


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such wording."""
    for words, span in places(loaded, _FILLER):
        bare = words.strip()
        shorter = _SHORTER.get(bare.casefold(), "")
        text = f"{shorter} " if shorter and words != bare else shorter
        edit = Edit(start=span.start, end=span.end, text=text)
        title = f'Write "{shorter}"' if shorter else f'Remove "{bare}"'
        fix = Fix(title=title, edits=(edit,), safe=False)
        yield RULE.at(span, f'"{bare}" costs tokens and says nothing more', fix=fix)
