"""Code that a prompt shows, in a fence or between backticks: spoken about, not meant."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span

_FENCE = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)([^`\n]*+)$", re.MULTILINE)
_INLINE = re.compile(r"`[^`\n]{1,200}+`")


def in_code(prompt: Prompt, offset: int) -> bool:
    """Whether a place of the template lies in a fence that is closed, or between backticks."""
    return holds(_fences(prompt), offset) or holds(_inline(prompt), offset)


def in_fence(prompt: Prompt, offset: int) -> bool:
    """Whether a place of the template lies in a fence that is closed."""
    return holds(_fences(prompt), offset)


def holds(spans: Sequence[Span], offset: int) -> bool:
    """Whether a place lies in one of the spans, which stand in order and apart."""
    index = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return index >= 0 and offset < spans[index].end


@lru_cache(maxsize=1)
def _fences(prompt: Prompt) -> tuple[Span, ...]:
    return tuple(_closed_fences(prompt)) if "```" in prompt.text or "~~~" in prompt.text else ()


def _closed_fences(prompt: Prompt) -> Iterator[Span]:
    opened: re.Match[str] | None = None
    for line in _FENCE.finditer(prompt.text, prompt.body.start, prompt.body.end):
        if opened is None:
            opened = line
        # As in CommonMark, a shorter fence or one that names a language closes nothing.
        elif line[1].startswith(opened[1]) and not line[2].strip():
            yield Span(opened.start(), line.end())
            opened = None


@lru_cache(maxsize=1)
def _inline(prompt: Prompt) -> tuple[Span, ...]:
    if "`" not in prompt.text:
        return ()
    found = _INLINE.finditer(prompt.text, prompt.body.start, prompt.body.end)
    return tuple(Span(*match.span()) for match in found)
