"""Nesting, or aliases that stand for so much, that readers of the file break.

LibYAML, which most readers of YAML are built on, ends the whole process on a text that is nested
deeply, and a few lines of aliases can stand for gigabytes. Neither is read any further here.

Bad:
    ---
    input:
      default:
        a: &a [x, x, x, x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
    ---
    Hello
Good:
    ---
    input:
      default:
        a: [x, x, x]
    ---
    Hello {{a}}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("too-deep", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each place where reading ends."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            yield RULE.at(problem.span, problem.message)
