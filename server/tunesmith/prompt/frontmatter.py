"""Where the YAML head of a prompt begins and ends."""

import re

from tunesmith.prompt.model import Frontmatter, Problem
from tunesmith.prompt.text import Span
from tunesmith.prompt.yaml_tree import read_yaml

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_FENCE = re.compile(r"---\s*")
_KNOWN_KEY = re.compile(
    r"(?:name|variant|version|description|model|tools|toolDefs|config|input|output|metadata"
    r"|[A-Za-z][\w-]*(?:\.[\w-]+)+)[ \t]*:(?:\s|$)"
)
_ANY_KEY = re.compile(r"[A-Za-z][\w.-]*[ \t]*:(?:\s|$)")
_ADD_CLOSING = "the frontmatter has no closing line: add a line with --- after the last key"
_MOVE_UP = "text stands before the frontmatter, so it is not read as one: move it below"


def split_frontmatter(text: str) -> tuple[Frontmatter | None, Span, list[Problem]]:
    """The frontmatter, the span of the template, and what is wrong with the frontmatter."""
    lines = _lines(text)
    first = next((i for i, line in enumerate(lines) if not _may_precede(line.of(text))), None)
    if first is None:
        return None, Span(0, len(text)), []
    if not _is_fence(lines[first].of(text)):
        return None, Span(0, len(text)), _find_late(text, lines[first:])
    closing = _next_fence(text, lines, first + 1)
    if closing is None:
        problems: list[Problem] = []
        if _ANY_KEY.match(_first_content(text, lines[first + 1 :])):
            problems = [_unclosed(text, lines[first], _ADD_CLOSING)]
        return None, Span(0, len(text)), problems
    yaml = Span(lines[first].end, lines[closing].start)
    root, problems = read_yaml(text, yaml)
    whole = Span(lines[first].start, lines[closing].start + 3)
    frontmatter = Frontmatter(span=whole, yaml=yaml, root=root)
    return frontmatter, _trimmed(text, lines[closing].end), problems


def _lines(text: str) -> list[Span]:
    return [Span(*match.span()) for match in _LINE.finditer(text) if match.group()]


def _may_precede(line: str) -> bool:
    return line.startswith("#") or not line.strip("\ufeff \t\r\n")


def _is_fence(line: str) -> bool:
    return _FENCE.fullmatch(line.removeprefix("\ufeff")) is not None


def _next_fence(text: str, lines: list[Span], after: int) -> int | None:
    for i in range(after, len(lines)):
        if _is_fence(lines[i].of(text)):
            return i
    return None


def _find_late(text: str, lines: list[Span]) -> list[Problem]:
    """A frontmatter that text stands before; a mere pair of rules in a text is none."""
    opening = _next_fence(text, lines, 0)
    if opening is None or _next_fence(text, lines, opening + 1) is None:
        return []
    if not _KNOWN_KEY.match(_first_content(text, lines[opening + 1 :])):
        return []
    return [_unclosed(text, lines[opening], _MOVE_UP)]


def _first_content(text: str, lines: list[Span]) -> str:
    return next((line.of(text) for line in lines if not _may_precede(line.of(text))), "")


def _unclosed(text: str, line: Span, message: str) -> Problem:
    start = line.start + line.of(text).index("---")
    return Problem(code="frontmatter-unclosed", span=Span(start, start + 3), message=message)


def _trimmed(text: str, start: int) -> Span:
    body = text[start:]
    left = start + len(body) - len(body.lstrip())
    return Span(left, max(left, start + len(body.rstrip())))
