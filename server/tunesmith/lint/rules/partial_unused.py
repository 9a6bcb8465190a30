"""A partial that no prompt of the workspace calls.

It may be left over from a prompt that is gone, or be called by a name that is misspelt. Where a
prompt computes the name of a partial, or the workspace is very large, nothing is said.

Bad:
    Be friendly.
    -- caller.prompt --
    {{> tone}} Answer.
    -- _tone.prompt --
    Be kind.
Good:
    Be friendly.
    -- caller.prompt --
    {{> case}} Answer.
"""

from collections.abc import Iterator

from tunesmith.lint.callers import is_called
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt, is_partial
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding

RULE = Rule("partial-unused", severity="information")


def check(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the first line of the partial."""
    path = loaded.path
    if is_partial(path) and is_called(path, facts.workspace) is False:
        first_line = loaded.prompt.text.split("\n", 1)[0].rstrip("\r")
        message = f"no prompt of the workspace calls this partial: {{{{> {path.stem[1:]}}}}} would"
        yield RULE.at(Span(0, len(first_line)), message)
