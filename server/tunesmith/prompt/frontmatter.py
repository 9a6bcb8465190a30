"""Where the YAML head of a prompt begins and ends."""

import re

from tunesmith.prompt.model import Frontmatter
from tunesmith.prompt.problem import Problem
from tunesmith.prompt.text import Span
from tunesmith.prompt.yaml_tree import read_yaml

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_BLANK_LINES = re.compile(r"(?:(?:#[^\r\n]*+|[\ufeff \t]*+)(?:\r\n|\n|\r))*+")
_DASHES = re.compile(r"---+")
_BLANK_REST = re.compile(r"[^\S\r\n]*(?:\r\n|\n|\r|\Z)")
_KNOWN_KEY = re.compile(
    r"(?:name|variant|version|description|model|tools|toolDefs|config|input|output|metadata"
    r"|[A-Za-z][\w-]*(?:\.[\w-]+)+)[ \t]*:(?:\s|$)"
)
_ANY_KEY = re.compile(r"[A-Za-z][\w.-]*[ \t]*:(?:\s|$)")
_ADD_CLOSING = "the frontmatter has no closing line: add a line with --- after the last key"
_MOVE_UP = "text stands before the frontmatter, so it is not read as one: move it below"


def split_frontmatter(text: str) -> tuple[Frontmatter | None, Span, list[Problem]]:
    """The frontmatter, the span of the template, and what is wrong with the frontmatter."""
    whole = Span(0, len(text))
    first = _first_content(text, 0)
    opening = _next_fence(text, first.start)
    if opening is None:
        return None, whole, []
    if opening.start != first.start:
        return None, whole, _find_late(text, opening)
    closing = _next_fence(text, opening.end)
    if closing is None:
        is_meant = _ANY_KEY.match(text, _first_content(text, opening.end).start)
        return None, whole, [_unclosed(text, opening, _ADD_CLOSING)] if is_meant else []
    yaml = Span(opening.end, closing.start)
    root, problems = read_yaml(text, yaml)
    frontmatter = Frontmatter(span=Span(opening.start, closing.start + 3), yaml=yaml, root=root)
    return frontmatter, _trimmed(text, closing.end), list(problems)


def _first_content(text: str, start: int) -> Span:
    """The first line that is neither blank nor a comment; at the end where there is none."""
    above = _BLANK_LINES.match(text, start)
    line = _LINE.match(text, above.end() if above else start)
    if line is None or line[0].startswith("#") or not line[0].strip("\ufeff \t"):
        return Span(len(text), len(text))
    return Span(*line.span())


def _next_fence(text: str, start: int) -> Span | None:
    """The next line that is a fence, with its end."""
    for dashes in _DASHES.finditer(text, start):
        begin = dashes.start() - text.endswith("\ufeff", 0, dashes.start())
        begins_line = begin == 0 or text[begin - 1] in "\r\n"
        rest = _BLANK_REST.match(text, dashes.end())
        if rest and begins_line and dashes.end() - dashes.start() == 3:
            return Span(begin, rest.end())
    return None


def _find_late(text: str, opening: Span) -> list[Problem]:
    """A frontmatter that text stands before; a mere pair of rules in a text is none."""
    if not _KNOWN_KEY.match(text, _first_content(text, opening.end).start):
        return []
    is_closed = _next_fence(text, opening.end) is not None
    return [_unclosed(text, opening, _MOVE_UP)] if is_closed else []


def _unclosed(text: str, line: Span, message: str) -> Problem:
    start = line.start + line.of(text).index("---")
    return Problem(code="frontmatter-unclosed", span=Span(start, start + 3), message=message)


def _trimmed(text: str, start: int) -> Span:
    body = text[start:]
    left = start + len(body) - len(body.lstrip())
    return Span(left, max(left, start + len(body.rstrip())))
