"""A mark of turns typed by hand, in the words of one model: `<|im_start|>`, `[INST]`, `### Human:`.

The chat template of the model adds its own marks. A typed one is a second turn inside a turn to
the model that knows it, and plain text to every other. Silent where `template: plain` is set,
since there nothing is added; in code, where it is spoken about; and about headings.

Bad:
    <|im_start|>user
    Is the film good?<|im_end|>
Good:
    {{role "user"}}Is the film good? Never write `<|im_end|>`.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from tunesmith.lint.code import in_code
from tunesmith.lint.facts import Facts
from tunesmith.lint.quick import somewhere
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("typed-role-marker", severity="warning")
_QUICK = re.compile(r"<[|\uff5c]|_of_turn>|INST\]|SYS>>|### ?(?:Human|Assistant):")
_may_hold = somewhere(_QUICK.search)
_ROLE = "system|user|assistant|model|tool"
_MARK = re.compile(
    rf"<\|im_start\|>\s?(?P<chatml>{_ROLE})\b|<start_of_turn>\s?(?P<gemma>{_ROLE})\b"
    rf"|<\|start_header_id\|>(?P<llama>{_ROLE})<\|end_header_id\|>|<\|(?P<phi>{_ROLE})\|>"
    r"|^### ?(?P<vicuna>Human|Assistant):"
    r"|(?P<end><\|im_end\|>|<end_of_turn>|<\|eot_id\|>|<\|end\|>)"
    r"|<\|[a-z][a-z0-9_]{1,30}\|>|<\uff5c[^\s<>|]{2,40}\uff5c>|<start_of_turn>"
    r"|\[/?INST\]|<</?SYS>>",
    re.MULTILINE,
)
_AFTER_OPENING = re.compile(r"[ \t]*(?:\r?\n){0,2}")
_AFTER_END = re.compile(r"(?:\r?\n)?")
_ROLES = {"assistant": "model", "Assistant": "model", "Human": "user"}


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each turn that is marked so, and for each other mark."""
    prompt = loaded.prompt
    is_plain = loaded.extension.train.get("template") == "plain"
    if is_plain or not _may_hold(prompt):
        return
    marks = list(_marks(prompt))
    closing: re.Match[str] | None = None
    for mark, after in zip_longest(marks, marks[1:]):
        if mark is closing:
            continue
        # The mark that ends a turn is told of with the one that opens it.
        is_pair = _opens(mark) and after is not None and after.lastgroup == "end"
        closing = after if is_pair else None
        yield _finding(prompt.text, mark, closing)


def _marks(prompt: Prompt) -> Iterator[re.Match[str]]:
    for node in prompt.texts:
        for mark in _MARK.finditer(prompt.text, node.span.start, node.span.end):
            if not in_code(prompt, mark.start()):
                yield mark


def _opens(mark: re.Match[str]) -> bool:
    return mark.lastgroup not in (None, "end")


def _finding(text: str, mark: re.Match[str], end: re.Match[str] | None) -> Finding:
    span = Span(*mark.span())
    written = f"`{mark.group().strip()}` is"
    if not _opens(mark):
        advice = "the chat template of the model adds its marks itself; take it out"
        return RULE.at(span, f"{written} a mark of one model, plain text to others: {advice}")
    name = mark[mark.lastgroup or 0]
    role = f'{{{{role "{_ROLES.get(name, name)}"}}}}'
    message = f"{written} how one model marks a turn, and plain text to others: write {role}"
    edits = [_replaced(text, mark, _AFTER_OPENING, role)]
    if end:
        edits.append(_replaced(text, end, _AFTER_END, ""))
    return RULE.at(span, message, fix=Fix(title=f"Write {role}", edits=tuple(edits), safe=False))


def _replaced(text: str, mark: re.Match[str], space: re.Pattern[str], by: str) -> Edit:
    behind = space.match(text, mark.end())
    return Edit(start=mark.start(), end=behind.end() if behind else mark.end(), text=by)
