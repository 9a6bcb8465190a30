"""Places in a text: code point spans, and the lines and columns that editors count in."""

from bisect import bisect_right
from itertools import accumulate
from typing import Literal

from tunesmith.prompt.light import light

ColumnUnit = Literal["utf-8", "utf-16", "utf-32"]


@light
class Span:
    """A stretch of a text, from `start` up to and without `end`, in code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The stretch itself.

        >>> Span(1, 3).of("abcd")
        'bc'
        """
        return text[self.start : self.end]

    def holds(self, offset: int) -> bool:
        """Whether a cursor at `offset` touches the span; its end counts."""
        return self.start <= offset <= self.end

    def moved(self, by: int) -> "Span":
        """The same stretch, `by` code points further on."""
        return Span(self.start + by, self.end + by)


class LineIndex:
    r"""Offsets to lines and columns and back; both count from 0.

    Lines end at \n, \r\n and \r only, as the language server protocol has it; columns are
    UTF-16 units unless another unit is asked for. Places outside the text are moved to its edge.

    >>> LineIndex("ab\ncd").position(4)
    (1, 1)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        # As many characters as before, with every line ending in one line feed.
        flat = text.replace("\r\n", " \n").replace("\r", "\n")
        lengths = [len(line) + 1 for line in flat.split("\n")]
        self._starts = [0, *accumulate(lengths[:-1])]

    @property
    def n_lines(self) -> int:
        """How many lines there are; the last one may be empty."""
        return len(self._starts)

    def position(self, offset: int, unit: ColumnUnit = "utf-16") -> tuple[int, int]:
        """Line and column of a code point offset."""
        offset = min(max(offset, 0), len(self._text))
        line = bisect_right(self._starts, offset) - 1
        return line, _n_units(self._text[self._starts[line] : offset], unit)

    def offset(self, line: int, column: int, unit: ColumnUnit = "utf-16") -> int:
        """Code point offset of a line and column; a column inside a character is its start."""
        if line < 0:
            return 0
        if line >= self.n_lines:
            return len(self._text)
        start = self._starts[line]
        content = self.line_span(line).of(self._text)
        if unit == "utf-32" or content.isascii():
            return start + min(max(column, 0), len(content))
        lengths = range(len(content) + 1)
        after = bisect_right(lengths, column, key=lambda n: _n_units(content[:n], unit))
        return start + max(after - 1, 0)

    def line_span(self, line: int) -> Span:
        """A line without its line end."""
        start, text = self._starts[line], self._text
        if line + 1 == self.n_lines:
            return Span(start, len(text))
        end = self._starts[line + 1] - 1
        is_pair = text[end] == "\n" and end > start and text[end - 1] == "\r"
        return Span(start, end - is_pair)


def _n_units(text: str, unit: ColumnUnit) -> int:
    if unit == "utf-32" or text.isascii():
        return len(text)
    if unit == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
