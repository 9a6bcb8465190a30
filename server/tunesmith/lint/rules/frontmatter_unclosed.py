"""Frontmatter that no runtime sees as one.

Without its closing line, or with text before its opening one, the settings are part of the
template and are sent to the model (google/dotprompt, js/src/parse.ts).

Bad:
    ---
    model: builtin/smollm2-135m-instruct

    Hello
Good:
    ---
    model: builtin/smollm2-135m-instruct
    ---

    Hello
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("frontmatter-unclosed", severity="error")
_RESERVED = {
    *("name", "variant", "version", "description", "metadata", "model", "config"),
    *("input", "output", "tools", "toolDefs"),
}
_END_OF_KEYS = re.compile(r"^[ \t]*(?:\r?\n|$)|^.*\{\{", re.MULTILINE)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the opening line."""
    for problem in loaded.prompt.problems:
        if problem.code == RULE.name:
            fix = _closing_line(loaded.prompt.text, problem.span)
            yield RULE.at(problem.span, problem.message, fix=fix)


def _closing_line(text: str, opening: Span) -> Fix | None:
    """Close before the first blank line or tag, if all that stands above it are known keys."""
    after_opening = text.find("\n", opening.end) + 1
    end = _END_OF_KEYS.search(text, after_opening) if after_opening else None
    if end is None:
        return None
    newline = "\r\n" if text.endswith("\r\n", 0, after_opening) else "\n"
    edit = Edit(start=end.start(), end=end.start(), text=f"---{newline}")
    closed = parse(text[: edit.start] + edit.text + text[edit.start :])
    keys = closed.frontmatter.root.entries if closed.frontmatter else ()
    if closed.problems or not keys:
        return None
    if any(entry.key not in _RESERVED and "." not in entry.key for entry in keys):
        return None
    return Fix(title="Close the frontmatter after its last key", edits=(edit,), safe=True)
