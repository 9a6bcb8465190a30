"""A sentence that only says what not to do.

Off unless it is selected. Models up to GPT-3's size did worse on negated prompts than on plain
ones (Jang et al. 2022, arXiv 2209.12711); later, larger ones need no such care. What to do
instead may stand in the same sentence or in the next one.

Bad:
    Do not use long words.
    {{question}}
Good:
    Do not use long words. Write as for a child of ten.
    {{question}}
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from tunesmith.lint.facts import Facts
from tunesmith.lint.prose import Sentence, sentences
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("negative-only", severity="hint", preset=None)
_NEGATIVE = re.compile(
    r"(?:please )?(?:do not|don't|never|avoid)\b|(?:请)?(?:不要|不得|禁止|切勿)", re.I
)
_INSTEAD = re.compile(r"\b(?:but|instead|rather|only|use|write|say)\b|而是|应|改用", re.IGNORECASE)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such sentence."""
    text = loaded.prompt.text
    if not _NEGATIVE.search(text, loaded.prompt.body.start):
        return
    found = list(sentences(loaded.prompt))
    for sentence, following in zip_longest(found, found[1:]):
        if _is_negative(sentence) and not _says_instead(text, sentence, following):
            message = (
                "this says what not to do: say what to do instead, for a small model above all"
            )
            yield RULE.at(sentence.span, message)


def _is_negative(sentence: Sentence) -> bool:
    match = _NEGATIVE.match(sentence.text)
    return match is not None and not _INSTEAD.search(sentence.text, match.end() + 5)


def _says_instead(text: str, sentence: Sentence, following: Sentence | None) -> bool:
    if following is None or _is_negative(following):
        return False
    return not text[sentence.span.end : following.span.start].strip(" \t")
