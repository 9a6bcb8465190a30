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
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Block, Prompt, walk
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("unclosed-block", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such block, at its opening tag."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            yield RULE.at(problem.span, problem.message, fix=_closing_tag(loaded.prompt))


def _closing_tag(prompt: Prompt) -> Fix | None:
    """Close the block where the parser gave it up, if it is the only fault of the prompt."""
    if len(prompt.problems) > 1:
        return None
    for node in walk(prompt.template):
        if isinstance(node, Block) and node.close is None and node.form != "raw":
            tag = f"{{{{/{node.call.callee.span.of(prompt.text)}}}}}"
            edit = Edit(start=node.span.end, end=node.span.end, text=tag)
            return Fix(title=f"Close the block with {tag}", edits=(edit,), safe=False)
    return None
