"""Demonstrations sorted by their label.

A model leans to the label that it was shown last (recency bias, Zhao et al. 2021,
arXiv 2102.09690), and the order of the same few demonstrations alone can turn most of its answers
(Lu et al. 2021, arXiv 2104.08786).

Bad:
    Film: A joy. -> positive
    Film: Moving. -> positive
    Film: Dull. -> negative
    Film: Too long. -> negative
    Film: {{review}} ->
Good:
    Film: A joy. -> positive
    Film: Dull. -> negative
    Film: Too long. -> negative
    Film: Moving. -> positive
    Film: {{review}} ->
"""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby, zip_longest

from tunesmith.lint.demos import Demo, demos, fold, labels_of
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("demos-ordered", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, where the last label begins."""
    found = demos(loaded.prompt)
    if not labels_of(found):
        return
    runs = [list(run) for _, run in groupby(found, key=lambda demo: fold(demo.answer))]
    labels = {fold(demo.answer) for demo in found}
    if len(runs) != len(labels) or len(runs) < 2 or min(map(len, runs)) < 2:
        return
    last = runs[-1]
    message = (
        f'the demonstrations are sorted by label, the last {len(last)} are all "{last[0].answer}": '
        "a model leans to what it saw last; mix them"
    )
    yield RULE.at(last[0].answer_span, message, fix=_mixed(loaded.prompt.text, found, runs))


def _mixed(text: str, found: Sequence[Demo], runs: Sequence[Sequence[Demo]]) -> Fix:
    """Deal the labels out in turn, each demonstration to a place where another one stood."""
    dealt = [demo for demo in chain(*zip_longest(*runs)) if demo is not None]
    edits = tuple(
        Edit(start=place.span.start, end=place.span.end, text=demo.span.of(text))
        for place, demo in zip(found, dealt, strict=True)
    )
    return Fix(title="Mix the demonstrations", edits=edits, safe=False)
