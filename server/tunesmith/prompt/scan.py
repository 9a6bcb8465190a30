"""Cuts a template, or a part of one, into texts and tags, in one pass, for any text."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from tunesmith.prompt.problem import Problem
from tunesmith.prompt.tags import Tag, TagReader

_PLAIN_TAG = re.compile(r"(\{\{[^{}]{1,190}\}\})")
_MAX_REMEMBERED = 200
"""Characters of a tag that is worth remembering."""
MAX_BROKEN = 1000
"""Tags without a proper end; what stands behind so many of them is taken for text."""


ESCAPE = Tag(kind="escape", length=0, words="")
"""Stands where the backslash of `\\{{` ends, so that what follows it is a text of its own."""


@dataclass(kw_only=True, slots=True)
class Scan:
    """Texts and tags by turns: `texts[i]` stands before `tags[i]`, and the last one behind all."""

    texts: list[str]
    """Without the backslash of an escaped tag; empty between two tags that touch."""
    tags: list[Tag]
    starts: list[int]
    """Where each tag begins."""
    problems: list[Problem]
    unsure: list[int]
    """Starts of the tags that might end elsewhere if something else stood behind them."""
    is_whole: bool = True
    """No tag reaches beyond the end of the part."""


def scan(text: str, start: int = 0, stop: int | None = None) -> Scan:
    """The texts and tags between two places of a template, which together cover that part."""
    stop = len(text) if stop is None else stop
    return _scan_plain(text[start:stop], start) or _scan_any(text, start, stop)


def _scan_plain(text: str, start: int) -> Scan | None:
    """As `_scan_any`, in half the time, where all braces are those of plain tags; else None."""
    pieces = _PLAIN_TAG.split(text)
    tags = [tag for source in pieces[1::2] if (tag := _whole_tag(source))]
    has_others = len(tags) < text.count("{{") or "{{{" in text or "\\{{" in text
    if has_others:
        return None
    starts = [*accumulate(map(len, pieces), initial=start)][1:-1:2]
    return Scan(texts=pieces[::2], tags=tags, starts=starts, problems=[], unsure=[])


def _scan_any(text: str, start: int, stop: int) -> Scan:
    reader = TagReader(text)
    found = Scan(texts=[], tags=[], starts=[], problems=reader.problems, unsure=reader.unsure)
    add_text, add_tag, add_start = found.texts.append, found.tags.append, found.starts.append
    behind = search = start
    close = 0
    while (at := text.find("{{", search, stop)) >= 0 and len(reader.problems) < MAX_BROKEN:
        # What is not remembered of the last `}}` is looked for from here, and never twice.
        if close < at + 2:
            close = text.find("}}", at + 2)
            close = close if close >= 0 else len(text) + _MAX_REMEMBERED
        n_slashes = _n_slashes(text, behind, at) if text[at - 1] == "\\" else 0
        if n_slashes == 1:
            # An escaped tag is text, without the backslash and up to the next tag.
            tag = ESCAPE
        elif close - at > _MAX_REMEMBERED:
            tag = reader.tag(at)
        else:
            n_more = text[at + 2] == "{" and (2 if text[at + 3] == "{" else 1)
            tag = _whole_tag(text[at : close + 2 + n_more]) or reader.tag(at)
        add_text(text[behind : at - 1] if n_slashes else text[behind:at])
        add_tag(tag)
        add_start(at)
        behind = at + tag.length
        search = behind if tag.length else at + 2
        if tag.kind == "raw-open":
            search = reader.end_of_raw(tag, at)
    add_text(text[behind:stop])
    found.is_whole = max(behind, search) <= stop and len(reader.problems) < MAX_BROKEN
    return found


def _n_slashes(text: str, start: int, at: int) -> int:
    """How many backslashes stand before `at`; two are as good as many."""
    stretch = text[max(start, at - 2) : at]
    return len(stretch) - len(stretch.rstrip("\\"))


# An edit leaves nearly all tags as they were, and the same variable stands in many places.
@lru_cache(maxsize=16_384)
def _whole_tag(source: str) -> Tag | None:
    """The tag that a source is, if it is one tag from end to end whatever stands around it."""
    reader = TagReader(source)
    tag = reader.tag(0)
    return None if reader.problems or tag.length != len(source) else tag
