"""A role written as a block.

`role` is a marker, not a block: everything between the tags renders to nothing, in every
runtime, without an error.

Bad:
    {{#role "system"}}You are brief.{{/role}}
Good:
    {{role "system"}}You are brief.
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Block
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("block-role", severity="error")
_TURN_ENDS = re.compile(r"\s*(?:\Z|\{\{~?#?role\b)")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such block, at its opening tag."""
    for node in loaded.prompt.calling("role"):
        if isinstance(node, Block) and node.form == "block":
            message = (
                "role is no block: everything up to its closing tag is left out of the prompt;"
                ' write {{role "..."}} before the text, and no closing tag'
            )
            yield RULE.at(node.open, message, fix=_as_marker(loaded.prompt.text, node))


def _as_marker(text: str, block: Block) -> Fix | None:
    # Text after the block belongs to the turn before it, and would join this one.
    if block.close is None or not _TURN_ENDS.match(text, block.close.end):
        return None
    sigil = text.index("#", block.open.start)
    end_of_line = re.compile(r"\r?\n").match(text, block.close.end)
    stands_alone = block.close.start == 0 or text[block.close.start - 1] == "\n"
    end = end_of_line.end() if end_of_line and stands_alone else block.close.end
    edits = (
        Edit(start=sigil, end=sigil + 1, text=""),
        Edit(start=block.close.start, end=end, text=""),
    )
    return Fix(title="Write the role as a marker", edits=edits, safe=True)
