"""Builds the tree of a template from its pieces; whatever is broken becomes a problem."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from tunesmith.prompt.model import (
    Block,
    Branch,
    Call,
    Comment,
    Const,
    Mustache,
    Node,
    PartialCall,
    Problem,
    ProblemCode,
    Text,
)
from tunesmith.prompt.scan import Piece, Tag, TagKind, TextPiece, scan
from tunesmith.prompt.tags import TagError, read_call
from tunesmith.prompt.text import Span
from tunesmith.prompt.whitespace import control_whitespace

MAX_DEPTH = 64
"""Of blocks inside blocks; deeper ones are taken for their content."""
MAX_PROBLEMS = 100

_FORMS: dict[TagKind, Literal["block", "inverse", "raw"]] = {
    "open": "block",
    "inverse": "inverse",
    "raw-open": "raw",
}


def parse_template(text: str, body: Span) -> tuple[tuple[Node, ...], list[Problem]]:
    """The nodes of the template at `body`, and what is wrong with it. Never raises."""
    pieces, problems = scan(text, body)
    builder = _Builder(text, body, pieces)
    builder.problems.extend(problems[:MAX_PROBLEMS])
    nodes = builder.build(control_whitespace(pieces))
    return nodes, sorted(builder.problems, key=lambda problem: problem.span.start)


@dataclass(kw_only=True)
class _Frame:
    """A block whose closing tag has not come yet."""

    tag: Tag
    name: str
    call: Call
    indent: str = ""
    parts: list[tuple[Tag | None, Call | None, list[Node]]] = field(
        default_factory=list[tuple[Tag | None, Call | None, list[Node]]]
    )
    """The body, then one part for each `{{else}}`."""


class _Builder:
    def __init__(self, text: str, body: Span, pieces: list[Piece]) -> None:
        self._text = text
        self._end = body.end
        self._pieces = pieces
        self._root: list[Node] = []
        self._frames: list[_Frame] = []
        self._open: Counter[str] = Counter()
        """Names of the frames, to know at once that a closing tag has no partner."""
        self._too_deep: list[str] = []
        """Names of open blocks beyond the depth limit."""
        self.problems: list[Problem] = []

    def build(self, indents: dict[int, str]) -> tuple[Node, ...]:
        """The tree; `indents` has the indent of each partial that stands alone."""
        for index, piece in enumerate(self._pieces):
            if isinstance(piece, TextPiece):
                self._add(Text(span=piece.span, value=piece.value))
            else:
                self._take(piece, indents.get(index, ""))
        while self._frames:
            self._give_up(self._end)
        return tuple(self._root)

    def _take(self, tag: Tag, indent: str) -> None:
        if tag.kind == "comment":
            self._add(Comment(span=tag.span, text=tag.words.of(self._text)))
        elif tag.kind in ("close", "raw-close"):
            self._close(tag)
        elif tag.kind == "else":
            self._else(tag)
        elif tag.kind in ("mustache", "partial"):
            self._leaf(tag, indent)
        else:
            self._begin(tag, indent)

    def _add(self, node: Node) -> None:
        (self._frames[-1].parts[-1][2] if self._frames else self._root).append(node)

    def _leaf(self, tag: Tag, indent: str) -> None:
        call = self._call(tag)
        if tag.kind == "partial":
            self._add(PartialCall(span=tag.span, open=tag.span, call=call, indent=indent))
        else:
            self._add(Mustache(span=tag.span, call=call))

    def _begin(self, tag: Tag, indent: str) -> None:
        call = self._call(tag)
        name = call.callee.span.of(self._text)
        if len(self._frames) == MAX_DEPTH:
            if not self._too_deep:
                message = f"blocks are nested deeper than {MAX_DEPTH} levels: write them flatter"
                self._report("too-deep", tag.span, message)
            self._too_deep.append(name)
            return
        frame = _Frame(tag=tag, name=name, call=call, indent=indent)
        frame.parts.append((None, None, []))
        self._frames.append(frame)
        self._open[name] += 1

    def _else(self, tag: Tag) -> None:
        if self._too_deep:
            return
        if not self._frames:
            message = "{{else}} stands in no block: remove it, or open a block before it"
            self._report("unmatched-closing-block", tag.span, message)
            return
        last, last_call, _ = self._frames[-1].parts[-1]
        if last and last_call is None:
            message = "an {{else}} stands before this one in the same block: remove one of them"
            self._report("unmatched-closing-block", tag.span, message)
        call = self._call(tag) if tag.words.of(self._text).strip() else None
        self._frames[-1].parts.append((tag, call, []))

    def _close(self, tag: Tag) -> None:
        name = tag.words.of(self._text).strip()
        if self._too_deep:
            if self._too_deep[-1] == name:
                self._too_deep.pop()
            return
        if not self._open[name]:
            self._unmatched(tag, name)
            return
        while self._frames[-1].name != name:
            self._give_up(tag.span.start)
        self._finish(tag.span.end, tag.span)

    def _unmatched(self, tag: Tag, name: str) -> None:
        source = tag.span.of(self._text)
        if self._frames:
            inner = self._frames[-1].name
            message = f"{source} closes no open block: {{{{/{inner}}}}} would close the innermost"
        else:
            message = f"{source} closes no open block: remove it, or open {{{{#{name}}}}} before it"
        self._report("unmatched-closing-block", tag.span, message)

    def _give_up(self, end: int) -> None:
        frame = self._frames[-1]
        closing = f"{{{{/{frame.name}}}}}"
        if frame.tag.kind == "raw-open":
            closing = f"{{{{{closing}}}}}"
        if not self._too_deep:
            message = f"this block is never closed: add {closing} where it ends"
            self._report("unclosed-block", frame.tag.span, message)
        self._finish(end, None)

    def _finish(self, end: int, close: Span | None) -> None:
        frame = self._frames.pop()
        self._open[frame.name] -= 1
        span = Span(frame.tag.span.start, end)
        body = tuple(frame.parts[0][2])
        opening = frame.tag.span
        form = _FORMS.get(frame.tag.kind)
        if form is None:
            # A partial block has no branches; what follows an {{else}} in it is body too.
            body = tuple(node for part in frame.parts for node in part[2])
            node = PartialCall(
                span=span, open=opening, call=frame.call, indent=frame.indent, body=body
            )
            self._add(node)
            return
        branches = tuple(
            Branch(tag=tag.span, call=call, body=tuple(nodes))
            for tag, call, nodes in frame.parts[1:]
            if tag
        )
        self._add(
            Block(
                span=span,
                form=form,
                open=opening,
                close=close,
                call=frame.call,
                body=body,
                branches=branches,
            )
        )

    def _call(self, tag: Tag) -> Call:
        words = tag.words.of(self._text)
        try:
            is_partial = tag.kind in ("partial", "partial-open")
            return read_call(words, tag.words.start, may_compute=is_partial)
        except TagError as error:
            if not self.problems or not tag.span.holds(self.problems[-1].span.start):
                self._report("unbalanced-brace", error.span, f"in this tag: {error}")
            name = words.split()[0] if words.strip() else ""
            start = tag.words.start + words.find(name)
            span = Span(start, start + len(name))
            return Call(span=span, callee=Const(span=span, value=name))

    def _report(self, code: ProblemCode, span: Span, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code=code, span=span, message=message))
