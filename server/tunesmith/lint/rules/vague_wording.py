"""Words that leave open how much or how many.

Off unless it is selected: no effect on a model's answers has been measured for such words as a
class. For a small model it can pay to say a number instead.

Bad:
    Summarize the letter in a few sentences.
    {{letter}}
Good:
    Summarize the letter in three sentences.
    {{letter}}
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.wording import places
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("vague-wording", severity="hint", preset=None)
_VAGUE = re.compile(
    r"\b(?:a few|a couple of|several|various|some kind of|as (?:needed|appropriate)|etc\b\.?"
    r"|and so on|reasonably|fairly short|not too long)|适当地?|尽量|若干|一些|等等",
    re.IGNORECASE,
)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such wording."""
    for words, span in places(loaded, _VAGUE):
        yield RULE.at(span, f'"{words}" leaves open how much: say a number, or name the cases')
