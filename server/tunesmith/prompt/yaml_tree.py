"""YAML with a place for every key and value, by the YAML 1.2 core schema, for any text.

The tree is built from libyaml's events, which come without recursion; composing nodes would
recurse in C and end the process on a deeply nested text.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

import yaml

from tunesmith.prompt.model import Entry, Yaml
from tunesmith.prompt.nodes import Scalar
from tunesmith.prompt.problem import Problem
from tunesmith.prompt.text import LineIndex, Span

MAX_BYTES = 64 * 1024
MAX_DEPTH = 64
MAX_NODES = 10_000
"""With every alias expanded, so that a small text cannot stand for a huge tree."""
_MAX_PURE = 8 * 1024
"""Up to here a broken text is read again by the slow loader, which words errors better."""

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
# As long as Python writes them out, which is 4,300 decimal digits.
_INT = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]{1,4000}|0x[0-9a-fA-F]{1,3500}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NOT_A_NUMBER = {".nan", ".NaN", ".NAN"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_HINTS = (
    ("mapping values are not allowed", 'put a text that holds ": " in quotes'),
    ("'\\t'", "indent with spaces, not with tabs"),
    ("cannot start any token", "put a value that begins with this character in quotes"),
    ("quoted scalar", "close the quote"),
    ("expected ',' or", "close the bracket, or put a comma between the items"),
    ("could not find expected ':'", 'write "key: value" on each line'),
    ("expected <block end>", "give the keys of one level the same indentation"),
    ("expected key", "give the keys of one level the same indentation"),
    ("alias", 'put a value that begins with "*" or "&" in quotes'),
)


class _Refused(ValueError):
    """The text is not read any further."""

    def __init__(self, code: Literal["invalid-yaml", "too-deep"], message: str, at: int) -> None:
        super().__init__(message)
        self.code: Literal["invalid-yaml", "too-deep"] = code
        self.at = at


def read_yaml(text: str, span: Span) -> tuple[Yaml, tuple[Problem, ...]]:
    """The mapping that stands at `span` of `text`, an empty one where it cannot be read.

    Never raises. All spans count from the start of `text`.
    """
    return _read(text[: span.end], span)


# Most edits are made below the frontmatter.
@lru_cache(maxsize=64)
def _read(text: str, span: Span) -> tuple[Yaml, tuple[Problem, ...]]:
    empty = Yaml(span=span, kind="mapping", value={})
    source = _SURROGATE.sub("\ufffd", span.of(text))
    try:
        builder = _Builder(offset=span.start, text=text)
        root = builder.build(source)
    except _Refused as error:
        return empty, (_problem(text, span, error),)
    except (yaml.YAMLError, ValueError) as error:
        # libyaml's reader raises ValueError and its children besides YAMLError.
        return empty, (_problem(text, span, _in_words(source, span, error)),)
    return root or empty, tuple(builder.problems)


def resolve(text: str) -> Scalar:
    """What a plain scalar means in YAML 1.2: `1e-4` is a number, `yes` and dates are text.

    >>> [resolve(word) for word in ("1e-4", "012", "yes", "~", "2026-02-31")]
    [0.0001, 12, 'yes', None, '2026-02-31']
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text) or text in _NOT_A_NUMBER:
        return float(text.replace(".", "", 1))
    return text


@dataclass(kw_only=True)
class _Open:
    """A mapping or a sequence whose end has not come yet."""

    event: yaml.CollectionStartEvent
    children: list[Yaml] = field(default_factory=list[Yaml])
    n_nodes: int = 1
    """With all aliases expanded; so is `height`."""
    height: int = 1


@dataclass(kw_only=True)
class _Builder:
    offset: int
    text: str
    problems: list[Problem] = field(default_factory=list[Problem])
    stack: list[_Open] = field(default_factory=list[_Open])
    anchors: dict[str, tuple[Yaml, int, int]] = field(
        default_factory=dict[str, tuple[Yaml, int, int]]
    )
    """Anchor to its node, and to how many nodes and levels that is with all aliases expanded."""
    root: Yaml | None = None

    @cached_property
    def lines(self) -> LineIndex:
        return LineIndex(self.text)

    def build(self, source: str) -> Yaml | None:
        """The root mapping; None for an empty text."""
        if len(source.encode()) > MAX_BYTES:
            message = "the frontmatter is larger than 64 KB: move texts into the body or a file"
            raise _Refused("invalid-yaml", message, self.offset)
        for event in yaml.parse(source, Loader=yaml.CSafeLoader):
            self._take(event)
        if self.root is not None and self.root.kind != "mapping":
            if self.root.value is None:
                return None
            message = 'the frontmatter must be lines of "key: value"'
            raise _Refused("invalid-yaml", message, self.root.span.start)
        return self.root

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise _Refused("invalid-yaml", "there is a second YAML document", self._start(event))
        if isinstance(event, yaml.CollectionStartEvent):
            self._check_depth(1, event)
            self.stack.append(_Open(event=event))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self.stack.pop()
            self._add(self._close(done, event), done.event.anchor, done.n_nodes, done.height)
        elif isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event), event.anchor, 1, 0)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self.anchors:
            message = f"there is no anchor &{event.anchor} before *{event.anchor}"
            raise _Refused("invalid-yaml", message, self._start(event))
        node, n_nodes, height = self.anchors[event.anchor]
        self._check_depth(height, event)
        self._add(node, None, n_nodes, height)

    def _check_depth(self, height: int, event: yaml.Event) -> None:
        if len(self.stack) + height > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels: write it flatter"
            raise _Refused("too-deep", message, self._start(event))

    def _add(self, node: Yaml, anchor: str | None, n_nodes: int, height: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, n_nodes, height)
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.children.append(node)
        parent.n_nodes += n_nodes
        parent.height = max(parent.height, height + 1)
        if parent.n_nodes > MAX_NODES:
            message = f"more than {MAX_NODES} values once aliases are expanded: use fewer aliases"
            raise _Refused("too-deep", message, self.offset)

    def _start(self, event: yaml.Event) -> int:
        return self.offset + (event.start_mark.index if event.start_mark else 0)

    def _end(self, event: yaml.Event) -> int:
        return self.offset + (event.end_mark.index if event.end_mark else 0)

    def _scalar(self, event: yaml.ScalarEvent) -> Yaml:
        start, end = self._start(event), self._end(event)
        if event.style in ("|", ">"):
            # A block scalar's end mark lies behind the line ends that follow it.
            end = start + len(self.text[start:end].rstrip())
        is_plain = not event.style and event.implicit[0]
        value = resolve(event.value) if is_plain else event.value
        return Yaml(span=Span(start, end), kind="scalar", value=value)

    def _close(self, done: _Open, event: yaml.Event) -> Yaml:
        children = done.children
        start, end = self._start(done.event), self._end(event)
        if not done.event.flow_style:
            # The end mark of a block collection lies on the next token, behind any comments.
            end = max((child.span.end for child in children if child.span.end <= end), default=end)
        span = Span(start, max(start, end))
        if isinstance(done.event, yaml.SequenceStartEvent):
            values = [child.value for child in children]
            return Yaml(span=span, kind="sequence", value=values, items=tuple(children))
        entries = tuple(
            Entry(key=self._key(key), key_span=key.span, value=value)
            for key, value in zip(children[::2], children[1::2], strict=True)
        )
        self._find_duplicates(entries)
        plain = {entry.key: entry.value.value for entry in entries}
        return Yaml(span=span, kind="mapping", value=plain, entries=entries)

    def _key(self, key: Yaml) -> str:
        return key.value if isinstance(key.value, str) else key.span.of(self.text)

    def _find_duplicates(self, entries: tuple[Entry, ...]) -> None:
        seen: dict[str, Entry] = {}
        for entry in entries:
            first = seen.setdefault(entry.key, entry)
            if first is not entry:
                line, _ = self.lines.position(first.key_span.start)
                message = f'"{entry.key}" is set on line {line + 1} already: remove one of the two'
                problem = Problem(code="duplicate-key", span=entry.key_span, message=message)
                self.problems.append(problem)


def _in_words(source: str, span: Span, error: Exception) -> _Refused:
    if len(source) <= _MAX_PURE and isinstance(error, yaml.YAMLError):
        try:
            for _ in yaml.parse(source, Loader=yaml.SafeLoader):
                pass
        except yaml.YAMLError as better:
            error = better
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = span.start + (mark.index if mark else getattr(error, "position", None) or 0)
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    context = str(getattr(error, "context", None) or "")
    hint = next((hint for words, hint in _HINTS if words in f"{context} {what}"), "correct it")
    return _Refused("invalid-yaml", f"{what}: {hint}", at)


def _problem(text: str, span: Span, error: _Refused) -> Problem:
    start = min(max(error.at, span.start), span.end)
    if not text[start : span.end].strip():
        # The fault is what stands last, so that is what is marked.
        start = max(span.start, span.start + len(text[span.start : start].rstrip()) - 1)
    end = start
    while end < span.end and text[end] not in "\r\n":
        end += 1
    message = str(error)
    if error.code == "invalid-yaml":
        message = f"not valid YAML: {message}; some runtimes send such a file whole to the model"
    return Problem(code=error.code, span=Span(start, max(end, start)), message=message)
