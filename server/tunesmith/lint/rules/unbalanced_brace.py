"""A tag that never ends, or that says nothing that can be read.

Handlebars refuses to compile such a template. Braces in the text, such as those of JSON, are no
tags and no fault.

Bad:
    Hello {{name
Good:
    Answer as {"name": "..."} to {{name}}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("unbalanced-brace", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such tag."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            yield RULE.at(problem.span, problem.message)
