"""Whitespace control: `~`, and tags that stand alone on their line and take it with them.

All of it is as handlebars.js does it, its oddities with `{{else}}` included: prompts that run there
depend on them.
"""

import re
from itertools import pairwise

from tunesmith.prompt.scan import Scan
from tunesmith.prompt.tags import Tag

_OPENS = {"open", "inverse", "partial-open", "raw-open"}
_CLOSES = {"close", "raw-close"}
_REST_OF_LINE = re.compile(r"[ \t]*\r?\n?")


def control_whitespace(found: Scan, *, is_part: bool = False) -> tuple[list[str], dict[int, str]]:
    """What is left of the texts, and the indent of each partial that stands alone, by its start.

    Behind a part, more of the template follows.
    """
    cutter = _Cutter(found, is_part=is_part)
    blocks: list[int] = []
    elses: dict[int, list[int]] = {}
    for index, tag in enumerate(found.tags):
        kind = tag.kind
        if kind == "mustache":
            if tag.strips_left or tag.strips_right:
                cutter.strip(index, index + 1, tag)
        elif kind in _OPENS:
            blocks.append(index)
        elif kind in _CLOSES:
            if blocks:
                start = blocks.pop()
                cutter.block([start, *elses.pop(start, ()), index])
        elif kind == "else":
            if blocks:
                elses.setdefault(blocks[-1], []).append(index)
        elif kind != "escape":
            cutter.leaf(index, tag)
    return cutter.texts, cutter.indents


class _Cutter:
    """Cuts texts; text `i` stands before tag `i`, and is judged by what it was at first."""

    def __init__(self, found: Scan, *, is_part: bool) -> None:
        self._is_part = is_part
        self._first = found.texts
        self._tags = found.tags
        self._starts = found.starts
        self.texts = [*found.texts]
        self.indents: dict[int, str] = {}

    def leaf(self, index: int, tag: Tag) -> None:
        """A partial or a comment."""
        self.strip(index, index + 1, tag)
        if self._begins_line(index) and self._ends_line(index + 1):
            self._cut_line_end(index + 1)
            indent = self._cut_indent(index)
            if tag.kind == "partial":
                self.indents[self._starts[index]] = indent

    def block(self, marks: list[int]) -> None:
        """The tags of a whole block, once what is inside it is done."""
        start, close = marks[0], marks[-1]
        opening, closing = self._tags[start], self._tags[close]
        if len(marks) == 2:
            begin, end, is_chain = start + 1, close, False
            self.strip(start, begin, opening)
            self.strip(end, close + 1, closing)
        else:
            begin, end, is_chain = self._branches(marks)
        if self._begins_line(start) and self._ends_line(begin):
            self._cut_line_end(begin)
            self._cut_indent(start)
        if self._begins_line(end) and self._ends_line(close + 1):
            self._cut_line_end(close + 1)
            if not is_chain:
                self._cut_indent(end)

    def _branches(self, marks: list[int]) -> tuple[int, int, bool]:
        """See to the `{{else}}` tags of a block.

        The text that is looked at for the line of the opening tag, and that for the closing tag;
        and whether an `{{else if}}` is among them, after which the closing tag's indent is left.
        """
        tags = [self._tags[index] for index in marks]
        # First and last text of the body, and of what follows each `{{else}}`.
        parts = [(before + 1, after) for before, after in pairwise(marks)]
        if tags[0].kind == "inverse" and len(parts) == 2:
            # Handlebars keeps the two by what they are for, and takes that for their order.
            parts.reverse()
        self._strip_block(marks, tags, parts)
        for (_, last), (first, _) in pairwise(parts):
            if self._begins_line(last) and self._ends_line(first):
                self._cut_indent(last)
                self._cut_line_end(first)
        # The line of the closing tag is looked for at the end of the first `{{else}}` part.
        return parts[0][0], parts[1][1], bool(tags[1].words.strip())

    def _strip_block(self, marks: list[int], tags: list[Tag], parts: list[tuple[int, int]]) -> None:
        self.strip(marks[0], parts[0][0], tags[0])
        self.strip(parts[1][1], marks[-1] + 1, tags[-1])
        for tag, left, right in zip(tags[1:-1], parts, parts[1:], strict=False):
            self.strip(left[1], right[0], tag)
        # In a chain, the tilde of the closing tag reaches the second `{{else}}` part and no more,
        # and that of a further `{{else if}}` reaches the part after it.
        n_elses = len(parts) - 1
        if n_elses >= 2 and tags[-1].strips_left:
            self._strip_end(parts[2][1])
        for number in range(2, n_elses + 1):
            if tags[number].strips_left and tags[number].words.strip():
                self._strip_end(parts[min(number + 1, n_elses)][1])

    def strip(self, before: int, after: int, tag: Tag) -> None:
        """Take all blanks and line ends where a tag has a tilde."""
        if tag.strips_left:
            self._strip_end(before)
        if tag.strips_right:
            self.texts[after] = self.texts[after].lstrip()

    def _strip_end(self, index: int) -> None:
        self.texts[index] = self.texts[index].rstrip()

    def _cut_line_end(self, index: int) -> None:
        match = _REST_OF_LINE.match(self.texts[index])
        self.texts[index] = self.texts[index][match.end() if match else 0 :]

    def _cut_indent(self, index: int) -> str:
        before = self.texts[index]
        self.texts[index] = before.rstrip(" \t")
        return before[len(self.texts[index]) :]

    def _begins_line(self, index: int) -> bool:
        """Whether a line begins with what follows a text, blanks apart."""
        text = self._first[index]
        if "\n" not in text:
            return index == 0 and not text.strip()
        return "\n" in text[len(text.rstrip()) :]

    def _ends_line(self, index: int) -> bool:
        """Whether a line ends with what stands before a text, blanks apart."""
        text = self._first[index]
        if "\n" not in text:
            is_last = index == len(self._first) - 1 and not self._is_part
            return is_last and not text.strip()
        return "\n" in text[: len(text) - len(text.lstrip())]
