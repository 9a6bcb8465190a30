"""Keeps values from becoming control tokens on their way through a chat template."""

import re
from collections.abc import Iterable, Iterator, Sequence

from tunesmith.prompt.output import Message, Segment
from tunesmith.prompt.text import Span

_MARKS = "\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007"
"""Private characters, one of which stands for what a value may not become."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class EncodeError(ValueError):
    """A row that cannot be encoded for this model; says why and what to do."""


class Guard:
    """Puts marks in place of control tokens that come from a value, and takes them out again."""

    def __init__(self, control: re.Pattern[str], parts: Sequence[Message | Segment]) -> None:
        self._control = control
        text = "".join(part.text for part in parts)
        self._mark = next((mark for mark in _MARKS if mark not in text), "")
        self._hidden: list[str] = []

    def text(self, segments: Sequence[Segment]) -> str:
        """The text of the segments, with each control token that touches a value marked."""
        # A lone half of a character pair is no text that a tokenizer could read.
        text = _SURROGATE.sub("\ufffd", "".join(segment.text for segment in segments))
        values = _value_spans(segments)
        value = next(values, None)
        pieces: list[str] = []
        behind = 0
        for match in self._control.finditer(text):
            while value and value.end <= match.start():
                value = next(values, None)
            if value and value.start < match.end():
                pieces += (text[behind : match.start()], self._hide(match.group()))
                behind = match.end()
        return "".join((*pieces, text[behind:]))

    def has_mark(self, text: str) -> bool:
        """Whether something is hidden in the text."""
        return bool(self._hidden) and self._mark in text

    def restored(self, text: str) -> str:
        """The text with all that was hidden."""
        number = re.compile(f"{self._mark}([0-9]+){self._mark}")
        return number.sub(lambda match: self._hidden[int(match.group(1))], text)

    def _hide(self, token: str) -> str:
        if not self._mark:
            raise EncodeError("a value holds control tokens and private characters: remove one")
        self._hidden.append(token)
        return f"{self._mark}{len(self._hidden) - 1}{self._mark}"


def _value_spans(segments: Sequence[Segment]) -> Iterator[Span]:
    at = 0
    for segment in segments:
        if segment.is_value:
            yield Span(at, at + len(segment.text))
        at += len(segment.text)


def any_of(tokens: Iterable[str]) -> re.Pattern[str]:
    """Finds the longest of the tokens. Grouped by first character, which `re` skips to fast."""
    by_head: dict[str, list[str]] = {}
    for token in sorted(tokens, key=len, reverse=True):
        by_head.setdefault(token[:1], []).append(re.escape(token[1:]))
    groups = (f"{re.escape(head)}(?:{'|'.join(tails)})" for head, tails in by_head.items())
    return re.compile("|".join(groups) or r"(?!)")
