"""A sentence that stands in the prompt twice.

The second one costs its tokens in every row and every call, and mostly was left by an edit.
Sentences of fewer than six words, questions, and what stands in demonstrations, in code or in two
blocks, of which one may take the place of the other, may come again. Of a very long prompt the
first 6,000 characters are looked at.

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
from tunesmith.lint.prose import Sentence, n_words, sentences
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("duplicate-sentence", severity="hint")
FEWEST_WORDS = 6
MOST = 20
"""Findings; a text that says everything twice needs no longer list."""


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each repetition, the first twenty of them."""
    return islice(_repetitions(loaded), MOST)


def _repetitions(loaded: LoadedPrompt) -> Iterator[Finding]:
    firsts: dict[str, Sentence] = {}
    for sentence in sentences(loaded.prompt):
        known = " ".join(sentence.text.casefold().split())
        first = firsts.setdefault(known, sentence)
        if first is sentence or (first.is_in_block and sentence.is_in_block):
            continue
        # A question is mostly the input of an example, and no instruction.
        if known.endswith(("?", "？")) or n_words(known) < FEWEST_WORDS:
            continue
        line, _ = loaded.prompt.lines.position(first.span.start)
        message = f"this sentence stands on line {line + 1} already: remove one of the two"
        edit = Edit(start=sentence.span.start, end=sentence.span.end, text="")
        fix = Fix(title="Remove the repeated sentence", edits=(edit,), safe=False)
        yield RULE.at(sentence.span, message, fix=fix)
