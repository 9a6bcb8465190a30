"""A comment that allows what no rule says.

It outlives what it was written for, and would hide the same fault made anew. A name that is no
rule's allows nothing, although it looks as if it did. A comment is judged where its rule could
say something: one about the data only where all data files can be read.

Bad:
    {{!-- tunesmith: allow block-role kept for an old server --}}
    {{role "system"}}You are brief.
Good:
    {{!-- tunesmith: allow block-role kept for an old server --}}
    {{#role "system"}}You are brief.{{/role}}
"""

import re
from collections.abc import Collection, Iterator, Sequence

from tunesmith.lint.near import did_you_mean, rename
from tunesmith.lint.rule import Rule
from tunesmith.lint.suppress import Allow
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("unused-suppression", severity="warning")
_LINE_BEFORE = re.compile(r"[ \t]*\Z")
_LINE_AFTER = re.compile(r"[ \t]*(?:\r\n|\n|\r|\Z)")


def report(text: str, unused: Sequence[Allow], known: Collection[str]) -> Iterator[Finding]:
    """One finding for each comment in `unused`; `known` are the names of all rules."""
    for comment in unused:
        if comment.rule in known:
            message = f"{comment.rule} says nothing about the line below: remove this comment"
            yield RULE.at(comment.comment, message, fix=_remove(text, comment.comment))
        else:
            yield _unknown(text, comment, known)


def _unknown(text: str, comment: Allow, known: Collection[str]) -> Finding:
    if not comment.rule:
        message = 'this allows nothing: name the rule, as in "tunesmith: allow RULE reason"'
        return RULE.at(comment.comment, message)
    message = f'this allows nothing: no rule is called "{comment.rule}"'
    return RULE.at(
        comment.name,
        message + did_you_mean(comment.rule, known),
        fix=rename(text, comment.name, comment.rule, known),
    )


def _remove(text: str, comment: Span) -> Fix | None:
    """Without the line, where the comment has one of its own, as rendering does."""
    source = comment.of(text)
    if source.startswith("{{~") or source.endswith("~}}"):
        return None  # It also takes away the blanks around it.
    start, end = comment.start, comment.end
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    after = _LINE_AFTER.match(text, end)
    if after and _LINE_BEFORE.match(text[line:start]):
        start, end = line, after.end()
    return Fix(title="Remove the comment", edits=(Edit(start=start, end=end, text=""),), safe=True)
