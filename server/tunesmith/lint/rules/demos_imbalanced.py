"""Demonstrations that show one label far more often than another.

A model leans to the label that it was shown most (majority label bias, Zhao et al. 2021,
arXiv 2102.09690). Judged from four demonstrations on.

Bad:
    Film: A joy. -> positive
    Film: Moving. -> positive
    Film: Great songs. -> positive
    Film: Dull. -> negative
    Film: {{review}} ->
Good:
    Film: A joy. -> positive
    Film: Dull. -> negative
    Film: Moving. -> positive
    Film: Too long. -> negative
    Film: {{review}} ->
"""

from collections import Counter
from collections.abc import Iterator

from tunesmith.lint.demos import demos, fold, labels_of
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("demos-imbalanced", severity="warning")
FEWEST = 4
LARGEST_RATIO = 3


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the first demonstration of the label that is shown most."""
    found = demos(loaded.prompt)
    labels = labels_of(found)
    if len(labels) < FEWEST:
        return
    counts = Counter(fold(label) for label in labels)
    ranked = counts.most_common()
    (most, n_most), (least, n_least) = ranked[0], ranked[-1]
    if len(ranked) > 1 and n_most >= LARGEST_RATIO * n_least:
        first = next(demo for demo in found if fold(demo.answer) == most)
        message = (
            f'{n_most} demonstrations answer "{most}" and {n_least} "{least}": a model leans to '
            "what it is shown most; show each label about as often"
        )
        yield RULE.at(first.answer_span, message)
