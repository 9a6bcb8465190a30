"""Frontmatter that some runtimes do not see, and send to the model.

Dotprompt's JavaScript runtime finds the frontmatter with a pattern that wants a line between its
two `---` lines and a line end behind the second, and none of which the first line of the file
may begin with a byte order mark (google/dotprompt, js/src/parse.ts). Where it does not match, the
settings are text of the prompt.

Bad:
    ---
    ---
    Hello
Good:
    Hello
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Frontmatter, Prompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("frontmatter-leaks", severity="warning")
_SENT = "some runtimes send it to the model"
_BLANK_LINE = re.compile(r"^[ \t]*\r\n", re.MULTILINE)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding for each reason."""
    prompt = loaded.prompt
    frontmatter = prompt.frontmatter
    if frontmatter is None:
        return
    opening = Span(frontmatter.span.start, frontmatter.span.start + 3)
    if not frontmatter.yaml.of(prompt.text).strip():
        message = f"the frontmatter is empty, and {_SENT} as text: remove it"
        yield RULE.at(opening, message, fix=_removal(prompt, frontmatter))
        return
    head = prompt.text[: frontmatter.span.start]
    if "\ufeff" in head or prompt.text.startswith("\ufeff"):
        message = f"a byte order mark stands before the frontmatter, and {_SENT}: remove the mark"
        edit = Edit(start=0, end=1, text="")
        yield RULE.at(opening, message, fix=Fix(title="Remove it", edits=(edit,), safe=True))
    elif blank := _BLANK_LINE.search(head):
        message = f"a blank line stands before the frontmatter, and {_SENT}: remove the line"
        edit = Edit(start=blank.start(), end=blank.end(), text="")
        yield RULE.at(opening, message, fix=Fix(title="Remove it", edits=(edit,), safe=True))
    yield from _at_the_end(prompt, frontmatter)


def _at_the_end(prompt: Prompt, frontmatter: Frontmatter) -> Iterator[Finding]:
    end = frontmatter.span.end
    rest = prompt.text[end:]
    if "\n" in rest or "\r" in rest:
        return
    newline = "\r\n" if "\r\n" in prompt.text else "\n"
    edit = Edit(start=len(prompt.text), end=len(prompt.text), text=newline)
    message = f"no line end follows the frontmatter, and {_SENT}: add one"
    fix = Fix(title="Add a line end", edits=(edit,), safe=True)
    yield RULE.at(Span(end - 3, end), message, fix=fix)


def _removal(prompt: Prompt, frontmatter: Frontmatter) -> Fix | None:
    """Take it out, and the blank space around the template, which is text without it."""
    if prompt.text[: frontmatter.span.start].strip("\ufeff \t\r\n"):
        return None
    edits = (
        Edit(start=0, end=prompt.body.start, text=""),
        Edit(start=prompt.body.end, end=len(prompt.text), text=""),
    )
    return Fix(title="Remove the empty frontmatter", edits=edits, safe=True)
