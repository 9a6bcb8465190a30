"""Whitespace control: `~`, and tags that stand alone on their line and take it with them."""

import re
from dataclasses import dataclass

from tunesmith.prompt.scan import Piece, Tag, TextPiece

_OPENS = {"open", "inverse", "partial-open", "raw-open"}
_CLOSES = {"close", "raw-close"}
_ALONE = _OPENS | _CLOSES | {"else", "partial", "comment"}
_REST_OF_LINE = re.compile(r"[ \t]*\r?\n?")


@dataclass(slots=True)
class _Frame:
    """A block that is open."""

    n_elses: int = 0
    is_chain: bool = False
    """It goes on with `{{else if ..}}`."""
    second_else: int | None = None
    """Index of the tag that ends the first `{{else if}}` of a chain, if not the closing tag."""


def control_whitespace(pieces: list[Piece]) -> dict[int, str]:
    """Cut the values of the text pieces; the indent of partials that stand alone, by index."""
    indents: dict[int, str] = {}
    frames: list[_Frame] = []
    for index, piece in enumerate(pieces):
        if not isinstance(piece, Tag):
            continue
        before = _text_at(pieces, index - 1)
        after = _text_at(pieces, index + 1)
        if before and piece.strips_left:
            before.value = before.value.rstrip()
        if after and piece.strips_right:
            after.value = after.value.lstrip()
        chain = _chain_that_ends(piece, index, frames)
        begin = chain.second_else or index if chain else index
        if piece.kind in _ALONE and _begins_line(pieces, begin) and _ends_line(pieces, index):
            if after:
                after.value = after.value[_end_of_line(after.value) :]
            if before and not chain:
                indent = _cut_indent(before)
                if piece.kind == "partial":
                    indents[index] = indent
    return indents


def _chain_that_ends(tag: Tag, index: int, frames: list[_Frame]) -> _Frame | None:
    """Keep the stack of open blocks; the `{{else if}}` chain that the tag closes, if it does.

    Handlebars looks for the line of its closing tag at the end of the first `{{else if}}`, and
    leaves the indent of the closing tag in place. Runtimes agree on it, so prompts depend on it.
    """
    if tag.kind in _OPENS:
        frames.append(_Frame())
    elif tag.kind == "else" and frames:
        frame = frames[-1]
        frame.n_elses += 1
        if frame.n_elses == 1:
            frame.is_chain = tag.words.end - tag.words.start > 1
        elif frame.n_elses == 2 and frame.is_chain:
            frame.second_else = index
    elif tag.kind in _CLOSES and frames:
        frame = frames.pop()
        return frame if frame.is_chain else None
    return None


def _cut_indent(before: TextPiece) -> str:
    cut = before.value.rstrip(" \t")
    indent = before.value[len(cut) :]
    before.value = cut
    return indent


def _text_at(pieces: list[Piece], index: int) -> TextPiece | None:
    piece = pieces[index] if 0 <= index < len(pieces) else None
    return piece if isinstance(piece, TextPiece) else None


def _end_of_line(text: str) -> int:
    match = _REST_OF_LINE.match(text)
    return match.end() if match else 0


def _begins_line(pieces: list[Piece], index: int) -> bool:
    if index == 0:
        return True
    before = _text_at(pieces, index - 1)
    if before is None:
        return False
    content = before.original.rstrip()
    return "\n" in before.original[len(content) :] or (index == 1 and not content)


def _ends_line(pieces: list[Piece], index: int) -> bool:
    if index == len(pieces) - 1:
        return True
    after = _text_at(pieces, index + 1)
    if after is None:
        return False
    blank = len(after.original) - len(after.original.lstrip())
    is_last = index == len(pieces) - 2
    return "\n" in after.original[:blank] or (is_last and blank == len(after.original))
