"""One row as a page to read: every token, what of it is trained, and the lengths of all rows."""

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Literal

from tunesmith.wire.tokens import DataLengths, Piece, TokenView

Look = Literal["head", "note", "edge", "control", "read", "trained"]
Stretch = tuple[str, Look]
"""Some text, and what it is."""

WIDTH = 72
_SIGNS = {" ": "·", "\n": "⏎\n", "\t": "→", "\r": "␍", "\u00a0": "⍽"}


def row_page(view: TokenView, width: int = WIDTH) -> Iterator[Stretch]:
    """The row, for whoever draws each kind of stretch in its own way."""
    n_trained = sum(view.trained)
    yield f"Row {view.row} of {view.file} (line {view.line})", "head"
    counts = f"{len(view.ids):,} tokens: {view.n_prompt:,} read, {n_trained:,} trained"
    yield f", for {view.model} ({view.template}): {counts}\n", "note"
    for is_trained, group in groupby(_marked(view), key=lambda item: item[1]):
        yield f"\n{'Trained' if is_trained else 'Read, not trained'}\n", "head"
        yield from _flowing((piece for piece, _ in group), is_trained, width)
    if view.end_id is not None:
        yield f"\nThe last token, {view.end_id}, ends the turn: it is trained too.\n", "note"


def lengths_page(view: TokenView) -> Iterator[Stretch]:
    """What the limit does to the rows of the data, as far as they were counted."""
    if view.data and view.max_length:
        yield f"\n{view.file}\n", "head"
        yield f"{about_lengths(view.data, view.max_length)}\n", "note"


def token_text(view: TokenView) -> str:
    """The page as plain text, with a table of all tokens below."""
    page = "".join(text for text, _ in (*row_page(view), *lengths_page(view)))
    return f"{page}\nAll tokens\n{''.join(_table(view))}"


def about_lengths(data: DataLengths, max_length: int) -> str:
    """What the limit does to the rows, in a sentence or two."""
    rows = f"{data.n_rows:,} rows" if data.is_all else f"the first {data.n_rows:,} rows"
    longest = f"the longest has {data.longest:,} tokens (line {data.longest_line})"
    if not data.n_dropped:
        return f"None of {rows} is cut or left out: {longest}, and max_length is {max_length}."
    return (
        f"{data.n_dropped:,} of {rows}: longer than max_length ({max_length}). None is cut: a run "
        f"refuses them, or leaves them out with bad_rows: skip. {longest.capitalize()}: "
        f"max_length: {data.longest} keeps all."
    )


def shown(text: str) -> str:
    r"""Text with its blanks, line ends and invisible characters to be seen.

    >>> shown("a b\u200b")
    'a·b<U+200B>'
    """
    return "".join(_SIGNS.get(char) or _visible(char) for char in text)


def _visible(char: str) -> str:
    return f"<U+{ord(char):04X}>" if unicodedata.category(char) in ("Cc", "Cf", "Zs") else char


def _marked(view: TokenView) -> Iterator[tuple[Piece, bool]]:
    at = 0
    for piece in view.pieces:
        # A piece lies on one side: prompt and target never share a token.
        yield piece, view.trained[at]
        at += piece.n_tokens


def _flowing(pieces: Iterator[Piece], is_trained: bool, width: int) -> Iterator[Stretch]:
    """Token after token; lines break between them."""
    look: Look = "trained" if is_trained else "read"
    column, needs_edge = 0, False
    for piece in pieces:
        text = f"⟦{shown(piece.text)}⟧" if piece.is_control else shown(piece.text)
        if column and column + 1 + _cells(text) > width:
            yield "\n", "edge"
            column, needs_edge = 0, False
        if needs_edge and not piece.is_control:
            yield "│", "edge"
            column += 1
        yield text, "control" if piece.is_control else look
        column = 0 if text.endswith("\n") else column + _cells(text.rpartition("\n")[2])
        needs_edge = bool(column) and not piece.is_control
    if column:
        yield "\n", "edge"


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _table(view: TokenView) -> Iterator[str]:
    at = 0
    for piece, is_trained in _marked(view):
        ids = " ".join(str(token) for token in view.ids[at : at + piece.n_tokens])
        mark = "trained" if is_trained else ""
        yield f"{at:>6}  {ids:<8}  {mark:<7}  {shown(piece.text).rstrip(chr(10))}\n"
        at += piece.n_tokens
