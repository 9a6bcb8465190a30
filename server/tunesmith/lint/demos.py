"""Demonstrations: inputs with their answers that are written into a prompt.

Three ways to write them are known: turns of the user and the model, lines such as `Review: ..` and
`Sentiment: ..` that come again and again, and lines with an arrow from the input to the answer.
Lines of either kind can be a glossary, a form or a list of facts, too: they are demonstrations
where the prompt asks in the same way, or calls them examples.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tunesmith.lint.code import in_fence
from tunesmith.lint.turns import turns
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span

MAX_ANSWER = 60
"""Characters of an answer that may be a label."""
MAX_CHARACTERS = 6_000
"""Of the template that are looked at, so that a keystroke costs no more in a longer one."""

# Possessive, since a line that does not match should be given up at once.
_KEY = r"^[ \t]*+(?P<key>[^\W\d_][^\n:：{}<>\"]{0,31}+[:：])[ \t]*+"
_KEYED = re.compile(_KEY + r"(?P<value>[^\s{}][^\r\n{}]*+)\r?$", re.MULTILINE)
_SLOT = re.compile(_KEY + r"\{\{", re.MULTILINE)
_ARROW = re.compile(
    r"^[ \t]*+(?P<input>[^\s{}][^\n{}]{0,300}?)[ \t]*+(?P<key>->|=>|→)[ \t]*+"
    r"(?P<value>[^\s{}][^\n{}]*+)$",
    re.MULTILINE,
)
_ARROW_SLOT = re.compile(r"\}\}[^\n{}]{0,40}(?:->|=>|→)")
_LAST_KEY = re.compile(_KEY + r"\s*\Z", re.MULTILINE)
_CALLED = re.compile(r"\bexamples?\b|\bdemonstrations?\b|示例|样例|范例|例子|例如", re.IGNORECASE)
_ARROWS = ("->", "=>", "→")
_MAX_KEY = 60
_NEXT_LINE = re.compile(r"[ \t]*\r?\n[ \t]*")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """One input with its answer."""

    span: Span
    """All of it."""
    input: str
    answer: str
    answer_span: Span
    keys: tuple[str, ...] = ()
    """The words before its lines, such as `Review:`, or the arrow."""


def fold(text: str) -> str:
    """What of a text counts when two are compared.

    >>> fold("Review :"), fold("A  fine film.")
    ('review', 'a fine film')
    """
    return " ".join(text.casefold().split()).strip(" .:：。!！")


@lru_cache(maxsize=1)
def demos(prompt: Prompt) -> tuple[Demo, ...]:
    """The demonstrations of a prompt: those of the way of writing that gives most; at least two."""
    ways = [_in_turns(prompt)]
    ways += [way for way in (_in_lines(prompt), _with_arrows(prompt)) if _is_meant(prompt, way)]
    most = max(ways, key=len)
    return tuple(most) if len(most) > 1 else ()


def labels_of(found: Sequence[Demo]) -> tuple[str, ...]:
    """Their answers, if these are labels: short, and fewer than the demonstrations; else none."""
    answers = [demo.answer for demo in found]
    distinct = {fold(answer) for answer in answers}
    is_short = all(len(answer) <= MAX_ANSWER for answer in answers)
    return tuple(answers) if is_short and 2 * len(distinct) <= len(answers) else ()


def slots(prompt: Prompt) -> Iterator[tuple[str, Span]]:
    """The words before a variable that stands on a line with them, and their places."""
    for match in _lines(_SLOT, prompt):
        yield match["key"], Span(*match.span("key"))


def _lines(pattern: re.Pattern[str], prompt: Prompt) -> Iterator[re.Match[str]]:
    end = min(prompt.body.end, prompt.body.start + MAX_CHARACTERS)
    return pattern.finditer(prompt.text, prompt.body.start, end)


def _is_meant(prompt: Prompt, found: Sequence[Demo]) -> bool:
    """Whether lines are demonstrations, and not what looks like them."""
    if not found:
        return False
    text, body = prompt.text, prompt.body
    if _CALLED.search(text, body.start, found[0].span.start):
        return True
    if found[0].keys[-1] in _ARROWS:
        return _ARROW_SLOT.search(text, body.start, body.end) is not None
    keys = {fold(key) for key in found[0].keys}
    last = _LAST_KEY.search(text, max(body.start, body.end - _MAX_KEY), body.end)
    return any(fold(key) in keys for key, _ in slots(prompt)) or (
        last is not None and fold(last["key"]) in keys
    )


def _in_turns(prompt: Prompt) -> list[Demo]:
    found: list[Demo] = []
    all_turns = turns(prompt)
    for asked, answered in pairwise(all_turns):
        if asked.role != "user" or answered.role != "model" or answered is all_turns[-1]:
            continue
        if asked.text is not None and answered.text is not None:
            start = asked.tag.start if asked.tag else asked.span.start
            demo = Demo(
                span=Span(start, answered.span.end),
                input=asked.text.strip(),
                answer=answered.text.strip(),
                answer_span=_stripped(prompt.text, answered.span),
            )
            found.append(demo)
    return found


def _in_lines(prompt: Prompt) -> list[Demo]:
    records = [record for record in _records(prompt) if len(record) > 1]
    shapes = Counter(_shape(record) for record in records)
    if not shapes:
        return []
    (shape, n_alike), *_ = shapes.most_common(1)
    if n_alike < 2:
        return []
    return [_from_record(record) for record in records if _shape(record) == shape]


def _records(prompt: Prompt) -> Iterator[list[re.Match[str]]]:
    """Lines with a key, cut where another line comes between, or the first key comes again."""
    record: list[re.Match[str]] = []
    for line in _lines(_KEYED, prompt):
        if in_fence(prompt, line.start()):
            continue
        is_next = record and _NEXT_LINE.fullmatch(prompt.text, _end(record[-1]), line.start("key"))
        if record and (not is_next or fold(record[0]["key"]) == fold(line["key"])):
            yield record
            record = []
        record.append(line)
    yield record


def _shape(record: Sequence[re.Match[str]]) -> tuple[str, ...]:
    return tuple(fold(line["key"]) for line in record)


def _from_record(record: Sequence[re.Match[str]]) -> Demo:
    last = record[-1]
    return Demo(
        span=Span(record[0].start("key"), _end(last)),
        input="\n".join(line["value"].rstrip() for line in record[:-1]),
        answer=last["value"].rstrip(),
        answer_span=Span(last.start("value"), _end(last)),
        keys=tuple(line["key"] for line in record),
    )


def _end(line: re.Match[str]) -> int:
    return line.start("value") + len(line["value"].rstrip())


def _with_arrows(prompt: Prompt) -> list[Demo]:
    if not any(arrow in prompt.text for arrow in _ARROWS):
        return []
    return [
        Demo(
            span=Span(match.start("input"), _end(match)),
            input=match["input"],
            answer=match["value"].rstrip(),
            answer_span=Span(match.start("value"), _end(match)),
            keys=(match["key"],),
        )
        for match in _lines(_ARROW, prompt)
        if not in_fence(prompt, match.start())
    ]


def _stripped(text: str, span: Span) -> Span:
    inside = span.of(text)
    start = span.start + len(inside) - len(inside.lstrip())
    return Span(start, max(start, span.start + len(inside.rstrip())))
