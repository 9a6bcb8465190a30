"""The prose of a prompt: its template text in sentences, without demonstrations and code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.lint.code import holds, in_fence
from tunesmith.lint.demos import MAX_CHARACTERS, demos
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Text
from tunesmith.prompt.stretch import Stretch, remembered
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
    is_in_block: bool
    """Another sentence may stand in its place."""


def sentences(prompt: Prompt) -> Iterator[Sentence]:
    """Every sentence outside of demonstrations and fences, in order.

    Of a very long template, those of its beginning, as far as `demos` looks.
    """
    end = prompt.body.start + MAX_CHARACTERS
    shown = [demo.span for demo in demos(prompt)]
    for at, stretch in prompt.stretches:
        if at > end:
            break
        for sentence in _sentences(stretch):
            start = at + sentence.span.start
            is_prose = not holds(shown, start) and not in_fence(prompt, start)
            if start <= end and is_prose:
                span = sentence.span.moved(at)
                yield Sentence(span=span, text=sentence.text, is_in_block=sentence.is_in_block)


@remembered
def _sentences(stretch: Stretch) -> tuple[Sentence, ...]:
    outside = {node.start for node in stretch.nodes if isinstance(node, Text)}
    return tuple(
        [
            Sentence(
                span=Span(*match.span()), text=match.group(), is_in_block=node.start not in outside
            )
            for node in stretch.all_nodes
            if isinstance(node, Text)
            for match in _SENTENCE.finditer(stretch.source, node.start, node.end)
        ]
    )


def n_words(text: str) -> int:
    """How many words there are; two Chinese characters count as one.

    >>> n_words("Say it in one word."), n_words("只用一个词回答")
    (5, 3)
    """
    n_cjk = len(_CJK.findall(text))
    return len(_WORD.findall(_CJK.sub(" ", text))) + n_cjk // 2
