"""Words in capitals for emphasis, and runs of exclamation marks.

Off unless it is selected. Capitals cost tokens: `POSITIVE` is three tokens of the built-in model
where `positive` is one.

Bad:
    You MUST ALWAYS ANSWER in French!!!
    {{question}}
Good:
    Always answer in French.
    {{question}}
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.wording import places
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("shouting", severity="hint", preset=None)
# Two such words in a row, since one alone is mostly an abbreviation.
_LOUD = re.compile(r"\b[A-Z]{4,}(?:[ \t]+[A-Z]{2,})+\b|[!！]{2,}")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each of them."""
    for words, span in places(loaded, _LOUD):
        message = f'"{words}" costs more tokens than the same in plain writing'
        yield RULE.at(span, message)
