"""Demonstrations that are not all written in one way, or not as the question is.

Another case of a field's name, another separator or another spelling of a label is enough to
move a model's accuracy by tens of points (FormatSpread, Sclar et al. 2023, arXiv 2310.11324).

Bad:
    Film: A joy.
    Verdict: positive

    film: Dull.
    Verdict: negative

    Film: {{review}}
    Verdict:
Good:
    Film: A joy.
    Verdict: positive

    Film: Dull.
    Verdict: negative

    Film: {{review}}
    Verdict:
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from tunesmith.lint.demos import demos, fold, labels_of, slots
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("demos-inconsistent", severity="warning")
Place = tuple[str, Span]


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each odd one out, which is what fewer demonstrations have."""
    found = demos(loaded.prompt)
    if not found:
        return
    keys = [place for demo in found for place in _keys(demo.span, demo.keys, loaded.prompt.text)]
    known = {fold(key) for key, _ in keys}
    asked = [place for place in slots(loaded.prompt) if fold(place[0]) in known]
    yield from _odd_ones(keys + asked)
    if labels_of(found):
        yield from _odd_ones((demo.answer, demo.answer_span) for demo in found)


def _keys(span: Span, keys: Iterable[str], text: str) -> Iterator[Place]:
    at = span.start
    for key in keys:
        at = text.index(key, at)
        yield key, Span(at, at + len(key))
        at += len(key)


def _odd_ones(places: Iterable[Place]) -> Iterator[Finding]:
    places = list(places)
    forms: dict[str, Counter[str]] = {}
    for word, _ in places:
        forms.setdefault(fold(word), Counter())[word] += 1
    for word, span in places:
        usual, n_usual = forms[fold(word)].most_common(1)[0]
        if word != usual:
            message = (
                f'"{word}" is written "{usual}" {_times(n_usual)} in these demonstrations: '
                "write both the same way"
            )
            edit = Edit(start=span.start, end=span.end, text=usual)
            yield RULE.at(
                span, message, fix=Fix(title=f'Write "{usual}"', edits=(edit,), safe=False)
            )


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"
