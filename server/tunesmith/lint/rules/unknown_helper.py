"""A helper that no runtime knows.

Dotprompt compiles with `knownHelpersOnly`: a call of any other helper is a compile error
(google/dotprompt, js/src/dotprompt.ts).

Bad:
    {{uppercase name}}
Good:
    {{json name}}
"""

from collections.abc import Iterator
from dataclasses import replace

from tunesmith.lint.facts import Facts
from tunesmith.lint.near import did_you_mean, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Block
from tunesmith.prompt.variables import HELPERS, called_helpers
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("unknown-helper", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each call."""
    known = sorted(HELPERS)
    for helper in called_helpers(loaded.prompt, besides=HELPERS):
        # A program may add some, and then it alone can render the prompt.
        hint = did_you_mean(helper.name, known) or "; one that a program adds is unknown here"
        message = f'no helper is called "{helper.name}"{hint}'
        fix = rename(loaded.prompt.text, helper.span, helper.name, known)
        fix = fix and _with_closing_tag(loaded.prompt, fix)
        yield RULE.at(helper.span, message, fix=fix)


def _with_closing_tag(prompt: Prompt, fix: Fix) -> Fix:
    """Rename the end of a block together with its beginning."""
    opening = fix.edits[0]
    name = prompt.text[opening.start : opening.end]
    for node in prompt.calling(name):
        if isinstance(node, Block) and node.close and node.call.callee.span.start == opening.start:
            start = prompt.text.rindex(name, node.close.start, node.close.end)
            closing = Edit(start=start, end=start + len(name), text=opening.text)
            return replace(fix, edits=(opening, closing))
    return fix
