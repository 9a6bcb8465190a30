"""Marks of Dotprompt that are typed into a template's text, such as `<<<dotprompt:role:user>>>`.

The helpers write these marks in other runtimes, which cut the rendered text at them, so a typed
one works there as the helper does. Here too; but only in a template, never in a value.
"""

import re
from collections.abc import Iterator

from tunesmith.prompt.helpers import role_mark
from tunesmith.prompt.output import Media, Section, Segment
from tunesmith.prompt.runtime import HistoryMark, Output, Scope, Write
from tunesmith.prompt.text import Span

BEGIN = "<<<dotprompt:"
_MARK = re.compile(
    r"<<<dotprompt:(?:role:(?P<role>[a-z]+)|(?P<history>history)"
    r"|media:url (?P<url>\S*?)(?: (?P<kind>\S*?))?|section (?P<section>.*?))>>>"
)


def write_marked(text: str, at: Span) -> Write:
    """What a text with marks in it writes. Raises RenderError for a role that there is not."""
    writes = list(_pieces(text, at))

    def write(scope: Scope, out: Output) -> None:
        for piece in writes:
            piece(scope, out)

    return write


def _pieces(text: str, at: Span) -> Iterator[Write]:
    end = 0
    for match in _MARK.finditer(text):
        yield _plain(text[end : match.start()], at)
        yield _mark(match, at)
        end = match.end()
    yield _plain(text[end:], at)


def _plain(text: str, at: Span) -> Write:
    segment = Segment(text=text, is_value=False, span=at)
    return lambda _, out: out.parts.append(segment) if text else None


def _mark(match: re.Match[str], at: Span) -> Write:
    if match["role"]:
        mark = role_mark(match["role"], at)
        return lambda _, out: out.mark(mark)
    if match["history"]:
        return lambda _, out: out.mark(HistoryMark())
    if match["section"] is not None:
        section = Section(purpose=match["section"], span=at)
        return lambda _, out: out.other(section)
    media = Media(url=match["url"], content_type=match["kind"] or None, span=at)
    return lambda _, out: out.other(media)
