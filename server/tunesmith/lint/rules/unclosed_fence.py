"""A code fence, or a tag such as `<example>` on a line of its own, that is opened and never closed.

The model cannot tell where what is quoted ends, and answers inside of it. Tags inside of prose, and
those that HTML leaves open, are not meant; nor is `<title>` for a title that is to be written. What
is opened where the answer begins is for the model to close.

Bad:
    Mend this code:
    ```python
    {{code}}
    Answer with the code alone.
Good:
    Mend this code:
    ```python
    {{code}}
    ```
    Answer with the code alone.
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.turns import turns
from tunesmith.prompt.files import LoadedPrompt, is_partial
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Node, Text
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding

RULE = Rule("unclosed-fence", severity="warning")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_TAG = re.compile(r"<([a-z][a-z0-9_-]*)>(?=[ \t]*\r?$)", re.MULTILINE)
_CONTAINERS = {"example", "document", "context", "instructions"}
_VARIABLE_BELOW = re.compile(r"[ \t]*\r?\n[ \t]*\{\{(?!role\b)\w")
_LEFT_OPEN = {"br", "hr", "p", "li", "dt", "dd", "tr", "td", "th", "img", "input", "option"}


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for the last of an odd number of fences, and one for each such tag."""
    prompt = loaded.prompt
    body = prompt.body.of(prompt.text)
    # A partial that is called may close what is opened here, and one that is written may be closed.
    others = "\n".join(loaded.partials.values())
    if is_partial(loaded.path):
        return
    if ("```" in body or "~~~" in body) and not _FENCE.search(others):
        yield from _fences(prompt)
    if "<" in body:
        yield from _tags(prompt, f"{body}\n{others}")


def _fences(prompt: Prompt) -> Iterator[Finding]:
    bodies = [block.body for block in prompt.blocks]
    bodies += [branch.body for block in prompt.blocks for branch in block.branches]
    # Fences that blocks take part in may be right one way and wrong another.
    if any(_FENCE.search(_text(nodes)) for nodes in bodies):
        return
    opened: re.Match[str] | None = None
    for fence in _found(prompt):
        # One within a longer fence, or one of another kind, is shown and closes nothing.
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]):
            opened = None
    if opened and not _begins_answer(prompt, opened.end()):
        message = "this code fence is never closed: the model takes the rest for code"
        yield RULE.at(Span(*opened.span(1)), message)


def _found(prompt: Prompt) -> Iterator[re.Match[str]]:
    for node in prompt.template:
        if isinstance(node, Text):
            yield from _FENCE.finditer(prompt.text, node.start, node.end)


def _begins_answer(prompt: Prompt, offset: int) -> bool:
    """Whether a place is on the last line, or in a final model turn."""
    last = turns(prompt)[-1:]
    is_model = any(turn.role == "model" and turn.span.start <= offset for turn in last)
    return is_model or not prompt.text[offset : prompt.body.end].partition("\n")[2].strip()


def _text(nodes: tuple[Node, ...]) -> str:
    return "".join(node.value for node in nodes if isinstance(node, Text))


def _tags(prompt: Prompt, everything: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for match in _TAG.finditer(prompt.text, prompt.body.start, prompt.body.end):
        name = match[1]
        line = prompt.text[prompt.text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if name in seen or name in _LEFT_OPEN or line.strip(" \t"):
            continue
        seen.add(name)
        is_closed = f"</{name}" in everything or _begins_answer(prompt, match.end())
        if not is_closed and _holds_text(prompt, match, everything):
            message = f"<{name}> is never closed: add </{name}> where what it holds ends"
            yield RULE.at(Span(*match.span()), message)


def _holds_text(prompt: Prompt, tag: re.Match[str], everything: str) -> bool:
    """Whether a tag is one that would be closed, and not the name of what is to be written."""
    if any(comment.span.start <= tag.start() < comment.span.end for comment in prompt.comments):
        return False
    is_container = tag[1] in _CONTAINERS or _VARIABLE_BELOW.match(prompt.text, tag.end())
    return "</" in everything or bool(is_container)
