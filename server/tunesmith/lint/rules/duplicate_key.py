"""A key that stands twice in one mapping of the frontmatter.

YAML forbids it (YAML 1.2.2, section 3.2.1.1). Python's reader keeps the last value without a word,
JavaScript's refuses the file, and Dotprompt then sends all of it to the model.

Bad:
    ---
    model: googleai/gemini-2.5-flash
    config: {temperature: 0}
    model: googleai/gemini-2.5-pro
    ---
    Hello
Good:
    ---
    model: googleai/gemini-2.5-pro
    config: {temperature: 0}
    ---
    Hello
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("duplicate-key", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each time that a key is repeated."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            yield RULE.at(problem.span, problem.message)
