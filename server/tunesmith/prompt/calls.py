"""What stands between the braces of a tag: its words, and the call they make."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, cast

from tunesmith.prompt.light import light
from tunesmith.prompt.nodes import (
    BlockParam,
    Call,
    CallParts,
    Const,
    Expression,
    Named,
    Path,
    Scalar,
)
from tunesmith.prompt.text import Span

MAX_DEPTH = 32
"""Of sub-expressions in one tag."""

TokenKind = Literal["string", "number", "id", "segment", "sign", "space", "open_string", "bad"]
_TOKEN = re.compile(
    r"""(?P<string>"(?:\\"|[^"\\]|\\(?!"))*"|'(?:\\'|[^'\\]|\\(?!'))*')
    |(?P<segment>\[(?:\\\]|[^\]\\]|\\(?!\]))*\])
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?=[~}\s)\]=]|$))
    |(?P<sign>\.\.|[.\/@()=|])
    |(?P<id>[^\s!"#%-,./;->@\[-^`{-~]+)
    |(?P<space>\s+)
    |(?P<open_string>["'].*)
    |(?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "undefined": None}


@light
class Token:
    """One word of a tag; its place counts from where the tag's words begin."""

    kind: TokenKind
    start: int
    end: int
    text: str


class TagError(ValueError):
    """The words of a tag make no call."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


@lru_cache(maxsize=1024)
def tokens_of(words: str) -> tuple[Token, ...]:
    """The tokens in the words of a tag."""
    found: list[Token] = []
    for match in _TOKEN.finditer(words):
        kind = cast("TokenKind", match.lastgroup)
        found.append(Token(kind, match.start(), match.end(), match.group()))
    return tuple(found)


def read_call(words: str, start: int, *, may_compute: bool = False) -> CallParts:
    """The call in the words of a tag; `start` is where they begin in it.

    With `may_compute`, what is called may be a sub-expression, as for a partial. Raises TagError.
    """
    reader = _Reader(words, start)
    parts = reader.call(0, is_tag=True, may_compute=may_compute)
    reader.expect_end()
    return parts


class _Reader:
    """Reads tokens from left to right; each method leaves the place behind what it read."""

    def __init__(self, words: str, start: int) -> None:
        self._tokens = tokens_of(words)
        self._words = words
        self._start = start
        self._at = 0
        self._skip_space()

    def expect_end(self) -> None:
        """Raise TagError where anything is left."""
        if self._at < len(self._tokens):
            raise self._error(f"{self._tokens[self._at].text!r} is not expected here")

    def call(self, depth: int, *, is_tag: bool, may_compute: bool = False) -> CallParts:
        """A callee, its arguments and named arguments, and for a tag `as |names|`."""
        first = self._at
        callee = self._callee(may_compute=may_compute)
        arguments: list[Expression] = []
        named: list[Named] = []
        params: tuple[BlockParam, ...] = ()
        while self._at < len(self._tokens) and not self._is_sign(")"):
            if is_tag and self._is_word("as") and self._is_sign("|", after=1):
                params = self._params()
                break
            if self._peek("id", "segment") and self._is_sign("=", after=1):
                named.append(self._named(depth))
            elif named:
                raise self._error("a plain argument cannot follow a key=value: put it first")
            else:
                arguments.append(self._value(depth))
        return CallParts(
            span=self._span(first),
            callee=callee,
            arguments=tuple(arguments),
            named=tuple(named),
            params=params,
            name=_plain_name(callee),
            path=self._path_text(callee),
        )

    def _path_text(self, callee: Expression) -> str:
        if not isinstance(callee, Path) or callee.is_explicit or len(callee.parts) < 2:
            return ""
        words = callee.span.moved(-self._start).of(self._words)
        return "".join(_segment(token) for token in tokens_of(words))

    def _callee(self, *, may_compute: bool) -> Expression:
        if self._at >= len(self._tokens):
            raise self._error("the tag is empty: write a name in it, or remove it")
        if self._is_sign("(") and not may_compute:
            raise self._error("a name must come first: write it before the parenthesis")
        token = self._tokens[self._at]
        if token.text == "*":
            raise self._error("inline partials are not supported: put the text into its own file")
        value = self._value(0)
        if isinstance(value, Const):
            # Handlebars looks a written-out callee up by its text.
            name = value.value if isinstance(value.value, str) else token.text
            return Path(value.span, (name,), depth=0, is_data=False, is_explicit=False)
        return value

    def _named(self, depth: int) -> Named:
        key = self._next()
        self._next()
        value = self._value(depth)
        return Named(key.text, self._place(key), value)

    def _params(self) -> tuple[BlockParam, ...]:
        self._next()
        self._next()
        params: list[BlockParam] = []
        while self._peek("id"):
            token = self._next()
            params.append(BlockParam(token.text, self._place(token)))
        if not self._is_sign("|"):
            raise self._error('block parameters need a second bar, as in "as |item index|"')
        self._next()
        return tuple(params)

    def _value(self, depth: int) -> Expression:
        if self._is_sign("("):
            return self._parenthesis(depth)
        if self._at >= len(self._tokens):
            raise self._error("a value is missing at the end of the tag")
        token = self._tokens[self._at]
        if token.kind == "string":
            self._next()
            quote = token.text[0]
            value = token.text[1:-1].replace(f"\\{quote}", quote)
            return Const(self._place(token), value)
        if token.kind == "number":
            self._next()
            number = float(token.text) if "." in token.text else _int(token.text)
            return Const(self._place(token), number)
        if token.kind == "id" and token.text in _CONSTANTS and not self._is_glued("./=", 1):
            self._next()
            return Const(self._place(token), _CONSTANTS[token.text])
        return self._path()

    def _parenthesis(self, depth: int) -> Call:
        if depth == MAX_DEPTH:
            raise self._error(f"parentheses are nested deeper than {MAX_DEPTH} levels")
        self._next()
        parts = self.call(depth + 1, is_tag=False)
        if not self._is_sign(")"):
            raise self._error("a parenthesis is not closed")
        self._next()
        return Call(parts, 0)

    def _path(self) -> Path:
        first = self._at
        is_data = self._is_sign("@")
        if is_data:
            self._at += 1
        parts: list[str] = []
        depth = 0
        is_explicit = False
        while True:
            token = self._tokens[self._at] if self._at < len(self._tokens) else None
            leads = not parts and token is not None
            if leads and token and token.text == "..":
                depth, is_explicit = depth + 1, True
            elif leads and token and token.text in (".", "this"):
                is_explicit = True
            elif token and token.kind in ("id", "number"):
                parts.append(token.text)
            elif token and token.kind == "segment":
                parts.append(_segment(token))
            else:
                raise self._error("a name is missing here")
            if not self._is_glued("./", 1):
                break
            self._at += 2
        span = self._span(first, self._at + 1)
        self._next()
        return Path(span, tuple(parts), depth, is_data, is_explicit)

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        self._skip_space()
        return token

    def _skip_space(self) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].kind == "space":
            self._at += 1

    def _peek(self, *kinds: TokenKind) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].kind in kinds

    def _is_word(self, word: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text == word

    def _is_sign(self, sign: str, *, after: int = 0) -> bool:
        """Whether the sign comes next, or `after` tokens later, spaces not counted."""
        at = self._at
        for _ in range(after):
            at += 1
            while at < len(self._tokens) and self._tokens[at].kind == "space":
                at += 1
        return at < len(self._tokens) and self._tokens[at].text == sign

    def _is_glued(self, signs: str, after: int) -> bool:
        """Whether one of the signs follows with no space between."""
        at = self._at + after
        return at < len(self._tokens) and self._tokens[at].text in tuple(signs)

    def _place(self, token: Token) -> Span:
        return Span(token.start + self._start, token.end + self._start)

    def _span(self, first: int, behind: int | None = None) -> Span:
        last = (self._at if behind is None else behind) - 1
        while last > first and self._tokens[last].kind == "space":
            last -= 1
        return Span(self._tokens[first].start + self._start, self._tokens[last].end + self._start)

    def _error(self, message: str) -> TagError:
        if self._at < len(self._tokens):
            return TagError(message, self._place(self._tokens[self._at]))
        end = self._start + len(self._words)
        return TagError(message, Span(end, end))


def _segment(token: Token) -> str:
    """The text of a token; of `[a b]`, what stands between the brackets."""
    return token.text[1:-1].replace("\\]", "]") if token.kind == "segment" else token.text


def _plain_name(callee: Expression) -> str:
    if not isinstance(callee, Path) or callee.is_data or callee.is_explicit:
        return ""
    return callee.name if len(callee.parts) == 1 else ""


def _int(text: str) -> int | float:
    # Python refuses to read an integer of thousands of digits; as a float it is infinite.
    convert: Callable[[str], int | float] = int if len(text) < 4000 else float
    return convert(text)
