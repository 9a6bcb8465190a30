"""A closing tag that closes nothing.

No runtime renders such a template: Handlebars refuses to compile it.

Bad:
    {{#if polite}}Please {{/if}}answer.{{/if}}
Good:
    {{#if polite}}Please {{/if}}answer.
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.unclosed import unclosed_blocks
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("unmatched-closing-block", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such tag."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            yield RULE.at(problem.span, problem.message, fix=_repair(loaded.prompt, problem.span))


def _repair(prompt: Prompt, tag: Span) -> Fix | None:
    """Remove the tag where it is the only fault; let it close the one block that is still open."""
    if len(prompt.problems) == 1:
        edit = Edit(start=tag.start, end=tag.end, text="")
        return Fix(title="Remove the tag", edits=(edit,), safe=False)
    unclosed = [
        block
        for block, end in unclosed_blocks(prompt)
        if block.open.end <= tag.start and tag.end <= end
    ]
    if len(prompt.problems) != 2 or len(unclosed) != 1:
        return None
    closing = f"{{{{/{unclosed[0].call.callee.span.of(prompt.text)}}}}}"
    edit = Edit(start=tag.start, end=tag.end, text=closing)
    return Fix(title=f"Change the tag to {closing}", edits=(edit,), safe=False)
