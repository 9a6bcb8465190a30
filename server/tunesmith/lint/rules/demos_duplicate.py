"""A demonstration that stands in the prompt twice.

It costs its tokens twice, says nothing new, and weighs its label double. With two different
answers it teaches that the answer does not depend on the input.

Bad:
    Film: A joy. -> positive
    Film: Dull. -> negative
    Film: A joy. -> positive
    Film: {{review}} ->
Good:
    Film: A joy. -> positive
    Film: Dull. -> negative
    Film: {{review}} ->
"""

import re
from collections.abc import Iterator

from tunesmith.lint.demos import Demo, demos, fold, labels_of
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("demos-duplicate", severity="warning")
_LINE_END = re.compile(r"[ \t]*\r?\n(?:[ \t]*\r?\n)?")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each repetition."""
    first_of: dict[str, Demo] = {}
    found = demos(loaded.prompt)
    # Records of other kinds may well share all fields but the last.
    is_labelled = bool(labels_of(found))
    for demo in found:
        first = first_of.setdefault(fold(demo.input), demo)
        if first is demo:
            continue
        line, _ = loaded.prompt.lines.position(first.span.start)
        if fold(first.answer) == fold(demo.answer):
            message = f"this demonstration stands on line {line + 1} already: remove one of the two"
            yield RULE.at(demo.span, message, fix=_removed(loaded.prompt.text, demo))
        elif is_labelled:
            message = (
                f'on line {line + 1} the same input has the answer "{first.answer}", here '
                f'"{demo.answer}": keep the right one'
            )
            yield RULE.at(demo.span, message)


def _removed(text: str, demo: Demo) -> Fix:
    line_end = _LINE_END.match(text, demo.span.end) if demo.keys else None
    end = line_end.end() if line_end else demo.span.end
    edit = Edit(start=demo.span.start, end=end, text="")
    return Fix(title="Remove the repeated demonstration", edits=(edit,), safe=False)
