"""One JSON array of objects, read an element at a time."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import TextIO

from tunesmith.data.columns import Columns
from tunesmith.data.formats.json_values import read_json
from tunesmith.data.lines import MAX_CHARS, TOO_LONG, Oddities
from tunesmith.data.row import Row, RowProblem

_CHUNK = 1 << 16
_BLANK = re.compile(r"[ \t\r\n]*")
_OUTSIDE = re.compile(r'["\[\]{},]')
_INSIDE = re.compile(r'["\\]')


def read_json_array(
    text: TextIO, columns: Columns, *, is_sound: bool
) -> Iterator[Row | RowProblem]:
    """Each row, with the line where its object begins. A broken one does not end the reading."""
    source = _Source(text)
    source.pass_blank()
    if source.peek() != "[":
        yield RowProblem(line=source.line, message=_no_array(source.peek()))
        return
    source.skip(1)
    oddities = None if is_sound else Oddities()
    for number in count(1):
        source.pass_blank()
        if source.peek() in ("]", ""):
            break
        line = source.line
        element = source.element()
        odd = oddities and oddities.find(element or "")
        fault = TOO_LONG if element is None else odd
        item = RowProblem(line=line, message=fault) if fault else read_json(element or "", line)
        item = columns.admit(item) if isinstance(item, Row) else item
        yield _numbered(item, number)
        # A bracket too many is part of the broken element before it.
        if source.peek() in (",", "}"):
            source.skip(1)
    yield from _end(source)


def _numbered(item: Row | RowProblem, number: int) -> Row | RowProblem:
    """With its place in the list, since all of the list may stand on one line."""
    if isinstance(item, Row):
        return replace(item, row_id=str(number))
    return replace(item, message=f"row {number}: {item.message}")


def _no_array(first: str) -> str:
    if first == "{":
        return (
            "begins with an object {...} where a list of rows [...] belongs; a file with one "
            "object a line is named .jsonl"
        )
    return "is no list of rows: a JSON file of rows begins with ["


def _end(source: "_Source") -> Iterator[RowProblem]:
    if source.peek() == "":
        yield RowProblem(line=source.line, message="the list of rows is never closed with ]")
        return
    source.skip(1)
    source.pass_blank()
    if source.peek():
        yield RowProblem(line=source.line, message="more text behind the list of rows")


class _Source:
    """A text of which no more than one element is in memory."""

    def __init__(self, text: TextIO) -> None:
        self.line = 1
        """Of what is read next, from 1."""
        self._text = text
        self._buffer = ""
        self._at = 0

    def peek(self) -> str:
        """The next character; empty at the end."""
        if self._at == len(self._buffer):
            self._buffer, self._at = self._text.read(_CHUNK), 0
        return self._buffer[self._at : self._at + 1]

    def skip(self, n_chars: int) -> None:
        """Go over characters that are in the buffer."""
        self.line += self._buffer.count("\n", self._at, self._at + n_chars)
        self._at += n_chars

    def pass_blank(self) -> None:
        """Go over what JSON takes for nothing."""
        while self.peek():
            blank = _BLANK.match(self._buffer, self._at)
            end = blank.end() if blank else self._at
            self.skip(end - self._at)
            if self._at < len(self._buffer):
                return

    def element(self) -> str | None:
        """The next element; None for one that is too long, which is passed over.

        At its end `peek` is what ends it: a comma, a bracket, or nothing where the file is over.
        """
        scan = _Scan()
        pieces: list[str] = []
        n_chars, is_whole = 0, False
        while self.peek() and not is_whole:
            end = scan.end(self._buffer, self._at)
            is_whole = end is not None
            stop = len(self._buffer) if end is None else end
            n_chars += stop - self._at
            if n_chars <= MAX_CHARS:
                pieces.append(self._buffer[self._at : stop])
            self.skip(stop - self._at)
        return "".join(pieces) if n_chars <= MAX_CHARS else None


class _Scan:
    """Looks for the end of an element, in as many pieces as it comes."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_text = False
        self._is_escaped = False

    def end(self, text: str, at: int) -> int | None:
        """Where the comma or bracket stands that ends the element; None: not in this piece."""
        if self._is_escaped and at < len(text):
            at, self._is_escaped = at + 1, False
        while found := (_INSIDE if self._in_text else _OUTSIDE).search(text, at):
            at = found.end()
            match found[0]:
                case '"':
                    self._in_text = not self._in_text
                case "\\":
                    self._is_escaped = at == len(text)
                    at += 1
                case "{" | "[":
                    self._depth += 1
                case "," if self._depth == 0:
                    return found.start()
                case "}" | "]" if self._depth == 0:
                    return found.start()
                case "}" | "]":
                    self._depth -= 1
                case _:
                    continue
        return None
