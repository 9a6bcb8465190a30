"""Frontmatter that is no valid YAML.

Dotprompt's JavaScript runtime only logs the error and then takes the whole file, frontmatter
and all, for the template: the prompt still "works", and the model is sent its settings
(google/dotprompt, js/src/parse.ts). The Python runtime raises.

Bad:
    ---
    model: [builtin/smollm2-135m-instruct
    ---
    Hello
Good:
    ---
    model: builtin/smollm2-135m-instruct
    ---
    Hello
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("invalid-yaml", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each fault that the YAML parser reports."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            yield RULE.at(problem.span, problem.message)
