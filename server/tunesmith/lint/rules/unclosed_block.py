"""A block that is opened and never closed.

No runtime renders such a template: Handlebars refuses to compile it.

Bad:
    {{#if polite}}Please {{/if}}answer. {{#each questions}}{{this}}
Good:
    {{#if polite}}Please {{/if}}answer. {{#each questions}}{{this}}{{/each}}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.unclosed import unclosed_blocks
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("unclosed-block", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such block, at its opening tag."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            yield RULE.at(problem.span, problem.message, fix=_closing_tag(loaded.prompt))


def _closing_tag(prompt: Prompt) -> Fix | None:
    """Close the block where what is around it ends, if it is the only fault of the prompt."""
    found = [*unclosed_blocks(prompt)]
    if len(prompt.problems) > 1 or not found:
        return None
    block, end = found[0]
    tag = f"{{{{/{block.call.callee.span.of(prompt.text)}}}}}"
    edit = Edit(start=end, end=end, text=tag)
    return Fix(title=f"Close the block with {tag}", edits=(edit,), safe=False)
