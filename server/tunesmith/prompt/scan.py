"""Cuts a template into texts and tags, in one pass, for any text."""

import re
from dataclasses import dataclass
from typing import Literal

from tunesmith.prompt.model import Problem
from tunesmith.prompt.tags import tokens_of
from tunesmith.prompt.text import Span

TagKind = Literal[
    "mustache",
    "comment",
    "open",
    "inverse",
    "else",
    "close",
    "partial",
    "partial-open",
    "raw-open",
    "raw-close",
]
_SIGILS: dict[str, TagKind] = {
    "#>": "partial-open",
    "#": "open",
    "^": "inverse",
    "/": "close",
    ">": "partial",
    "&": "mustache",
    "!": "comment",
}
_SIGIL = re.compile("|".join(re.escape(sigil) for sigil in _SIGILS))
_ELSE = re.compile(r"\s*else(?![^\s~}])")
_COMMENT = re.compile(r"\{\{~?!--")
_TEXT_END = re.compile(r"\r|\n|\{\{")
_MAX_TAG = 4000
"""Characters that a tag may be long before it counts as never ended."""
_MAX_STRINGS = 1000
"""Strings with braces in them that are understood in one text, so that any text is quick."""


@dataclass(kw_only=True, slots=True)
class TextPiece:
    """Text between tags; `value` is what whitespace control leaves of it."""

    span: Span
    original: str
    """Without the backslash of an escaped tag."""
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """One tag, not yet understood."""

    kind: TagKind
    span: Span
    words: Span
    """What stands between the braces and signs."""
    strips_left: bool
    strips_right: bool


Piece = TextPiece | Tag


def scan(text: str, body: Span) -> tuple[list[Piece], list[Problem]]:
    """The pieces of the template at `body`, which together cover it, and what was wrong."""
    scanner = _Scanner(text, body)
    scanner.run()
    return scanner.pieces, scanner.problems


class _Scanner:
    def __init__(self, text: str, body: Span) -> None:
        # Positions stay those of the whole text, and nothing behind the body is ever looked at.
        self._text = text[: body.end]
        self._start = body.start
        """Where the present text piece began."""
        self._found: dict[str, tuple[int, int]] = {}
        """Mark to where it was looked for from, and where it was found."""
        self._n_strings = 0
        self.pieces: list[Piece] = []
        self.problems: list[Problem] = []

    def run(self) -> None:
        """Fill `pieces` and `problems`."""
        text = self._text
        search = self._start
        while (at := text.find("{{", search)) >= 0:
            before = text[max(self._start, at - 2) : at]
            n_slashes = len(before) - len(before.rstrip("\\"))
            if n_slashes == 1:
                # An escaped tag is text, without the backslash and up to the next tag.
                self._add_text(at, without=1)
                search = at + 2
                continue
            self._add_text(at, without=n_slashes // 2)
            tag = self._tag(at)
            self.pieces.append(tag)
            self._start = search = tag.span.end
            if tag.kind == "raw-open":
                search = self._raw(tag)
        self._add_text(len(text), without=0)

    def _add_text(self, end: int, *, without: int) -> None:
        if end > self._start:
            value = self._text[self._start : end - without]
            span = Span(self._start, end)
            self.pieces.append(TextPiece(span=span, original=value, value=value))
        self._start = end

    def _tag(self, at: int) -> Tag:
        text = self._text
        if _COMMENT.match(text, at):
            return self._long_comment(at)
        if text.startswith("{{{{", at):
            closes = text.startswith("/", at + 4)
            return self._braced(at, 4, "raw-close" if closes else "raw-open", 5 if closes else 4)
        left = text.startswith("~", at + 2)
        start = at + 2 + left
        if text.startswith("{", start):
            return self._braced(at, 3, "mustache", 3 + left)
        sigil = _SIGIL.match(text, start)
        kind: TagKind = _SIGILS[sigil.group()] if sigil else "mustache"
        if sigil:
            start = sigil.end()
        end, is_closed = self._end_of_tag(at, start, kind)
        right = is_closed and end - 3 >= start and text[end - 3] == "~"
        words = Span(start, end - 2 - right if is_closed else end)
        return self._understood(kind, Span(at, end), words, left=left, right=right)

    def _understood(
        self, kind: TagKind, span: Span, words: Span, *, left: bool, right: bool
    ) -> Tag:
        if kind == "inverse" and not words.of(self._text).strip():
            kind = "else"
        elif kind == "mustache" and self._text[words.start - 1] != "&":
            match = _ELSE.match(self._text, words.start, words.end)
            if match:
                kind, words = "else", Span(match.end(), words.end)
        return Tag(kind=kind, span=span, words=words, strips_left=left, strips_right=right)

    def _end_of_tag(self, at: int, start: int, kind: TagKind) -> tuple[int, bool]:
        """Where the tag ends, and whether its braces do close there."""
        search = start
        while 0 <= (close := self._find("}}", search)) <= start + _MAX_TAG:
            other = self._find("{{", search)
            stops = close if other < 0 or kind == "comment" else min(other, close)
            string = "" if kind == "comment" else self._open_string(start, stops)
            if not string:
                if stops == close:
                    return close + 2, True
                break
            # The braces stand in a string, so the tag ends behind it at the earliest.
            quote = self._text.find(string, stops, start + _MAX_TAG)
            self._n_strings += 1
            if quote < 0 or self._n_strings > _MAX_STRINGS:
                break
            search = quote + 1
        return self._never_ends(at, start), False

    def _open_string(self, start: int, stop: int) -> str:
        """The quote of a string that begins before `stop` and does not end before it."""
        words = self._text[start:stop]
        if '"' not in words and "'" not in words:
            return ""
        last = tokens_of(words)[-1]
        return last.text[0] if last.kind == "open_string" else ""

    def _find(self, mark: str, start: int) -> int:
        """As `str.find`, but remembered, so that asking from every tag on stays linear."""
        since, found = self._found.get(mark, (len(self._text) + 1, -1))
        if not (since <= start and (found < 0 or start <= found)):
            since, found = start, self._text.find(mark, start)
            self._found[mark] = (since, found)
        return found

    def _never_ends(self, at: int, start: int) -> int:
        match = _TEXT_END.search(self._text, start)
        end = match.start() if match else len(self._text)
        message = "this tag never ends: close it with }}, or write \\{{ for plain braces"
        self._report(Span(at, end), message)
        return end

    def _braced(self, at: int, n_braces: int, kind: TagKind, head: int) -> Tag:
        """A tag in three or four braces."""
        text = self._text
        start = at + head
        close = self._find("}" * n_braces, start)
        tilde = self._find("}~}}", start) if n_braces == 3 else -1
        other = self._find("{{", start)
        right = tilde >= 0 and (close < 0 or tilde < close)
        close = tilde if right else close
        if close < 0 or 0 <= other < close:
            match = _TEXT_END.search(text, start)
            end = match.start() if match else len(text)
            loose = text.find("}}", start, end)
            # Fewer braces than at the start still end the tag, so that the rest stays text.
            words = Span(start, loose if loose >= 0 else end)
            end = loose + 2 if loose >= 0 else end
            self._report(Span(at, end), f"this tag needs {n_braces} closing braces")
        else:
            words, end = Span(start, close), close + n_braces + right
        left = n_braces == 3 and text[at + 2] == "~"
        return Tag(kind=kind, span=Span(at, end), words=words, strips_left=left, strips_right=right)

    def _long_comment(self, at: int) -> Tag:
        left = self._text[at + 2] == "~"
        start = at + 5 + left
        close, tilde = self._find("--}}", start), self._find("--~}}", start)
        right = tilde >= 0 and (close < 0 or tilde < close)
        close = tilde if right else close
        if close >= 0:
            words, end = Span(start, close), close + 4 + right
        else:
            end = self._never_ends(at, start)
            words = Span(start, end)
        span = Span(at, end)
        return Tag(kind="comment", span=span, words=words, strips_left=left, strips_right=right)

    def _raw(self, tag: Tag) -> int:
        """Pass over the content of a raw block, where no tag counts but its closing one."""
        words = tag.words.of(self._text).split()
        name = words[0] if words else ""
        close = self._find(f"{{{{{{{{/{name}}}}}}}}}", tag.span.end)
        return tag.span.end if close < 0 else close

    def _report(self, span: Span, message: str) -> None:
        self.problems.append(Problem(code="unbalanced-brace", span=span, message=message))
