"""One tag of a template: where it ends, and what it says."""

import re
from dataclasses import dataclass
from typing import Literal

from tunesmith.prompt.calls import TagError, read_call, tokens_of
from tunesmith.prompt.nodes import CallParts, Const
from tunesmith.prompt.problem import Problem
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
    "escape",
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
_NO_CALL = {"comment", "close", "raw-close"}
_SIGIL = re.compile("|".join(re.escape(sigil) for sigil in _SIGILS))
_ELSE = re.compile(r"\s*else(?![^\s~}])")
_COMMENT = re.compile(r"\{\{~?!--")
_TEXT_END = re.compile(r"\r|\n|\{\{")
_MAX_TAG = 4000
"""Characters that a tag may be long before it counts as never ended; comments may be longer."""
_MAX_STRINGS = 1000
"""Strings with braces in them that are understood in one text, so that any text is quick."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """One tag and what it says. Equal tags are one object, so its places count from its start."""

    kind: TagKind
    length: int
    words: str
    """What stands between the braces and signs."""
    strips_left: bool = False
    strips_right: bool = False
    call: CallParts | None = None
    """None where nothing is called: in a comment, a closing tag and a plain `{{else}}`."""
    fault: Problem | None = None
    """Why the words make no call; `call` is a guess then."""
    is_plain: bool = False
    """It stands for a value, and without any fault: most tags do."""


@dataclass(kw_only=True, slots=True)
class _Shape:
    """Where a tag ends, and what it is by its signs."""

    kind: TagKind
    start: int
    words: Span
    end: int
    left: bool = False
    right: bool = False
    is_broken: bool = False


class TagReader:
    """Reads one tag after the other; whatever is wrong with their braces goes to `problems`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, tuple[int, int]] = {}
        """Mark to where it was looked for from, and where it was found."""
        self._n_strings = 0
        self.problems: list[Problem] = []
        self.unsure: list[int] = []
        """Where tags begin whose end depends on what stands behind it, however far away."""

    def tag(self, at: int) -> Tag:
        """The tag that begins at `at`."""
        text = self._text
        if _COMMENT.match(text, at):
            return self._understood(self._long_comment(at))
        if text.startswith("{{{{", at):
            closes = text.startswith("/", at + 4)
            kind, head = ("raw-close", 5) if closes else ("raw-open", 4)
            return self._understood(self._braced(at, 4, kind, head))
        left = text.startswith("~", at + 2)
        start = at + 2 + left
        if text.startswith("{", start):
            return self._understood(self._braced(at, 3, "mustache", 3 + left))
        return self._understood(self._simple(at, start, left=left))

    def end_of_raw(self, tag: Tag, at: int) -> int:
        """Where the content of the raw block that begins at `at` ends; no tag in it counts."""
        self.unsure.append(at)
        start = at + tag.length
        words = tag.words.split()
        name = words[0] if words else ""
        close = self._find(f"{{{{{{{{/{name}}}}}}}}}", start)
        return start if close < 0 else close

    def _simple(self, at: int, start: int, *, left: bool) -> _Shape:
        text = self._text
        sigil = _SIGIL.match(text, start)
        kind: TagKind = _SIGILS[sigil.group()] if sigil else "mustache"
        if sigil:
            start = sigil.end()
        end, is_closed = self._end_of_tag(at, start, kind)
        right = is_closed and end - 3 >= start and text[end - 3] == "~"
        words = Span(start, end - 2 - right if is_closed else end)
        if kind == "inverse" and not words.of(text).strip():
            kind = "else"
        elif kind == "mustache" and not sigil and (match := _ELSE.match(text, start, words.end)):
            kind, words = "else", Span(match.end(), words.end)
        return _Shape(
            kind=kind,
            start=at,
            words=words,
            end=end,
            left=left,
            right=right,
            is_broken=not is_closed,
        )

    def _end_of_tag(self, at: int, start: int, kind: TagKind) -> tuple[int, bool]:
        """Where the tag ends, and whether its braces do close there."""
        if kind == "comment":
            close = self._find("}}", start)
            return (close + 2, True) if close >= 0 else (self._never_ends(at, start), False)
        search = start
        while 0 <= (close := self._find("}}", search)) <= start + _MAX_TAG:
            other = self._find("{{", search)
            stops = close if other < 0 else min(other, close)
            string = self._open_string(start, stops)
            if not string:
                if stops == close:
                    return close + 2, True
                break
            # The braces stand in a string, so the tag ends behind it at the earliest.
            quote = self._text.find(string, stops, start + _MAX_TAG)
            self._n_strings += 1
            self.unsure.append(at)
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
        end = self._end_of_text(start)
        message = "this tag never ends: close it with }}, or write \\{{ for plain braces"
        self._report(Span(at, end), message)
        return end

    def _end_of_text(self, start: int) -> int:
        match = _TEXT_END.search(self._text, start)
        return match.start() if match else len(self._text)

    def _braced(self, at: int, n_braces: int, kind: TagKind, head: int) -> _Shape:
        """A tag in three or four braces."""
        text = self._text
        start = at + head
        left = n_braces == 3 and text[at + 2] == "~"
        close = self._find("}" * n_braces, start)
        tilde = self._find("}~}}", start) if n_braces == 3 else -1
        other = self._find("{{", start)
        right = tilde >= 0 and (close < 0 or tilde < close)
        close = tilde if right else close
        is_broken = close < 0 or 0 <= other < close
        if is_broken:
            # Fewer braces than at the start still end the tag, so that the rest stays text.
            end = self._end_of_text(start)
            loose = text.find("}}", start, end)
            words = Span(start, loose if loose >= 0 else end)
            end = loose + 2 if loose >= 0 else end
            self._report(Span(at, end), f"this tag needs {n_braces} closing braces")
        else:
            words, end = Span(start, close), close + n_braces + right
        return _Shape(
            kind=kind,
            start=at,
            words=words,
            end=end,
            left=left,
            right=right,
            is_broken=is_broken,
        )

    def _long_comment(self, at: int) -> _Shape:
        left = self._text[at + 2] == "~"
        start = at + 5 + left
        close, tilde = self._find("--}}", start), self._find("--~}}", start)
        right = tilde >= 0 and (close < 0 or tilde < close)
        close = tilde if right else close
        end = self._never_ends(at, start) if close < 0 else close + 4 + right
        words = Span(start, end if close < 0 else close)
        return _Shape(kind="comment", start=at, words=words, end=end, left=left, right=right)

    def _understood(self, shape: _Shape) -> Tag:
        kind, words = shape.kind, shape.words.of(self._text)
        call, fault = None, None
        if kind not in _NO_CALL and (kind != "else" or words.strip()):
            start = shape.words.start - shape.start
            call, fault = _call(words, start, may_compute=kind in ("partial", "partial-open"))
            # Braces that were to blame have been.
            fault = None if shape.is_broken else fault
        return Tag(
            kind=kind,
            length=shape.end - shape.start,
            words=words,
            strips_left=shape.left,
            strips_right=shape.right,
            call=call,
            fault=fault,
            is_plain=kind == "mustache" and fault is None,
        )

    def _report(self, span: Span, message: str) -> None:
        self.unsure.append(span.start)
        self.problems.append(Problem(code="unbalanced-brace", span=span, message=message))


def _call(words: str, start: int, *, may_compute: bool) -> tuple[CallParts, Problem | None]:
    """The call in the words that begin at `start` of a tag; a guess where they make none."""
    try:
        return read_call(words, start, may_compute=may_compute), None
    except TagError as error:
        message = f"in this tag: {error}"
        fault = Problem(code="unbalanced-brace", span=error.span, message=message)
        # `{{#*inline}}` is closed by `{{/inline}}`.
        name = words.split()[0].lstrip("*") if words.strip() else ""
        at = start + words.find(name)
        span = Span(at, at + len(name))
        return CallParts(span=span, callee=Const(span, name)), fault
