"""A place in a text, shown as a person reads it: the source line with carets under it."""

import re

from rich.cells import cell_len

from tunesmith.prompt.text import LineIndex, Span

WIDEST = 400
_CONTROL = re.compile(r"[\0-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def carets(text: str, place: Span) -> str:
    r"""The line on which `place` begins behind its number, and carets below it.

    An empty place gets one caret, and one that goes on in the next line ends with this one.

    >>> print(carets("Review:\n{{reveiw}}", Span(10, 16)))
        2 | {{reveiw}}
          |   ^^^^^^
    """
    lines = LineIndex(text)
    number, column = lines.position(place.start, "utf-32")
    line = lines.line_span(number).of(text)
    # Of a very long line, what is around the place is enough.
    first = max(0, column - WIDEST // 2) if len(line) > WIDEST else 0
    line, column = visible(line[first : first + WIDEST]), column - first
    marked = line[column : column + place.end - place.start]
    # A tab stays a tab, so that whatever width the terminal gives it, both lines have it.
    blank = "".join("\t" if char == "\t" else " " * cell_len(char) for char in line[:column])
    return f"{number + 1:>5} | {line}\n{'':>5} | {blank}{'^' * max(1, cell_len(marked))}"


def visible(text: str) -> str:
    r"""A text without what would steer the terminal, or turn the order of its characters round.

    >>> visible("a\x1b[31mb")
    'a�[31mb'
    """
    return _CONTROL.sub("\ufffd", text)
