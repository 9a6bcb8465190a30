"""The prose of a prompt: its template text in sentences, without what the demonstrations say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.lint.demos import demos
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span

_SENTENCE = re.compile(
    r"[^\s.!?。！？;；][^\n.!?。！？;；]*(?:[.](?=\S)[^\n.!?。！？;；]*)*[.!?。！？;；]?"
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence, or the part of it that a line or a tag leaves."""

    span: Span
    text: str


def sentences(prompt: Prompt) -> Iterator[Sentence]:
    """Every sentence outside of demonstrations, in order."""
    shown = [demo.span for demo in demos(prompt)]
    for node in prompt.texts:
        for match in _SENTENCE.finditer(prompt.text, node.span.start, node.span.end):
            if not any(span.start <= match.start() < span.end for span in shown):
                yield Sentence(span=Span(*match.span()), text=match.group())


def n_words(text: str) -> int:
    """How many words there are; two Chinese characters count as one.

    >>> n_words("Say it in one word."), n_words("只用一个词回答")
    (5, 3)
    """
    n_cjk = len(_CJK.findall(text))
    return len(_WORD.findall(_CJK.sub(" ", text))) + n_cjk // 2
