"""A sentence that stands in the prompt twice.

The second one costs its tokens in every row and every call, and mostly was left by an edit.
Sentences of fewer than six words, and demonstrations, may come again. Of a very long prompt the
first 400 sentences are compared.

Bad:
    Answer with the name of the city only. Do not guess.
    {{question}}
    Answer with the name of the city only.
Good:
    Answer with the name of the city only. Do not guess.
    {{question}}
"""

from collections.abc import Iterator
from itertools import islice

from tunesmith.lint.facts import Facts
from tunesmith.lint.prose import n_words, sentences
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("duplicate-sentence", severity="hint")
FEWEST_WORDS = 6
MAX_SENTENCES = 400


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each repetition."""
    first_at: dict[str, int] = {}
    lines = LineIndex(loaded.prompt.text)
    for sentence in islice(sentences(loaded.prompt), MAX_SENTENCES):
        known = " ".join(sentence.text.casefold().split())
        first = first_at.setdefault(known, sentence.span.start)
        if first == sentence.span.start or n_words(known) < FEWEST_WORDS:
            continue
        line, _ = lines.position(first)
        message = f"this sentence stands on line {line + 1} already: remove one of the two"
        edit = Edit(start=sentence.span.start, end=sentence.span.end, text="")
        fix = Fix(title="Remove the repeated sentence", edits=(edit,), safe=False)
        yield RULE.at(sentence.span, message, fix=fix)
