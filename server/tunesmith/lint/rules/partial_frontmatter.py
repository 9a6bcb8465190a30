"""Frontmatter in a partial.

A partial is template text from its first character on: in every runtime its frontmatter is sent to
the model, `---` lines and all.

Bad:
    {{> tone}} Answer.
    -- _tone.prompt --
    ---
    model: googleai/gemini-2.5-flash
    ---
    Be friendly.
Good:
    {{> tone}} Answer.
    -- _tone.prompt --
    Be friendly.
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.fixes import removal
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt, is_partial
from tunesmith.prompt.frontmatter import split_frontmatter
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding

RULE = Rule("partial-frontmatter", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding in the partial itself, and one for each call of such a partial."""
    text = loaded.prompt.text
    if is_partial(loaded.path) and "---" in text:
        head, body, _ = split_frontmatter(text)
        if head:
            message = "a partial has no frontmatter: this one is sent to the model as text"
            fix = removal(Span(0, body.start), "Remove the frontmatter")
            yield RULE.at(head.span, message, fix=fix)
    calls = loaded.prompt.partial_calls
    texts = {name: loaded.partials.get(name or "", "") for name in {node.name for node in calls}}
    headed = {name for name, text in texts.items() if "---" in text and split_frontmatter(text)[0]}
    for node in calls if headed else ():
        if node.name in headed:
            message = f'the frontmatter of the partial "{node.name}" is sent to the model as text'
            yield RULE.at(node.call.callee.span, f"{message}: remove it there")
