"""The lines of a text file, none of them longer than a row can be, and what is wrong with them."""

from typing import TextIO

from tunesmith.data.encoding import ODD
from tunesmith.data.row import RowProblem

MAX_CHARS = 1 << 22
"""Of one row; about a million tokens, so that a longer one is a quote left open, or no table."""
TOO_LONG = f"longer than {MAX_CHARS:,} characters, as no row is"


class TooLongError(Exception):
    """A record that goes on for longer than any row does."""


class Lines:
    """The lines of a file as text. Notes what is wrong with the bytes of a record."""

    def __init__(self, text: TextIO, *, is_sound: bool) -> None:
        """`is_sound` says that no byte of the file is odd, so that none is looked for."""
        self.number = 0
        """Of the last line that was read, from 1."""
        self._text = text
        self._oddities = None if is_sound else Oddities()
        self._n_chars = 0
        self._problem: RowProblem | None = None

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_CHARS)
        if not line:
            raise StopIteration
        self.number += 1
        self._n_chars += len(line)
        if self._n_chars >= MAX_CHARS:
            while line and line[-1] not in "\r\n":
                line = self._text.readline(MAX_CHARS)
            raise TooLongError(TOO_LONG)
        message = self._oddities and self._oddities.find(line)
        if message and self._problem is None:
            self._problem = RowProblem(line=self.number, message=message)
        return line

    def begin(self) -> RowProblem | None:
        """Begin a record; what was wrong with the one before it."""
        problem, self._problem = self._problem, None
        self._n_chars = 0
        return problem


class Oddities:
    """Characters that no text has, in a file that is known to hold some."""

    def __init__(self) -> None:
        self._has_foreign = False

    def find(self, text: str) -> str | None:
        """What is wrong with the next piece of the file, in words."""
        odd = ODD.search(text)
        if odd is None:
            self._has_foreign = self._has_foreign or not text.isascii()
            return None
        if odd[0] == "\0":
            return "holds a null byte, which is no text: take it out"
        mixed = ", as lines above are: the file mixes encodings" if self._has_foreign else ""
        return f"byte 0x{ord(odd[0]) - 0xDC00:02x} is not UTF-8{mixed}; save the file as UTF-8"
