"""Builds the tree of a template from its tags; whatever is broken becomes a problem."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tunesmith.prompt.nodes import (
    Block,
    Branch,
    Call,
    CallParts,
    Comment,
    Mustache,
    Node,
    PartialCall,
    Text,
)
from tunesmith.prompt.problem import Problem, ProblemCode, most_telling
from tunesmith.prompt.scan import Scan, scan
from tunesmith.prompt.stretch import LENGTH, MAX_DEPTH, Stretch, go_together, kept, stands_free
from tunesmith.prompt.tags import Tag, TagKind
from tunesmith.prompt.text import Span
from tunesmith.prompt.whitespace import control_whitespace

_FORMS: dict[TagKind, Literal["block", "inverse", "raw"]] = {
    "open": "block",
    "inverse": "inverse",
    "raw-open": "raw",
}


def parse_template(text: str, before: Sequence[Stretch] = ()) -> tuple[Stretch, ...]:
    """The template that a text is. Never raises.

    What an earlier version of it, `before`, has in common with it is not read again.
    """
    front, start, stop, back = kept(text, before)
    part = scan(text, start, stop)
    found = (*front, *_Builder(text, part).build(start, stop), *back)
    if before and not (part.is_whole and go_together(found)):
        return parse_template(text)
    return found


@dataclass(slots=True)
class _Frame:
    """A block whose closing tag has not come yet."""

    tag: Tag
    span: Span
    """Of the opening tag."""
    name: str
    call: Call
    indent: str
    body: list[Node] = field(default_factory=list[Node])
    branches: list[tuple[Span, Call | None, list[Node]]] = field(
        default_factory=list[tuple[Span, Call | None, list[Node]]]
    )
    """One for each `{{else}}`."""


def _start(problem: Problem) -> int:
    return problem.span.start


def _between(problems: Sequence[Problem], start: int, stop: int) -> Sequence[Problem]:
    """Those that begin there, of some that stand in order."""
    return problems[
        bisect_left(problems, start, key=_start) : bisect_left(problems, stop, key=_start)
    ]


class _Builder:
    def __init__(self, text: str, found: Scan) -> None:
        self._text = text
        self._found = found
        self._base = 0
        """Where the stretch begins that is being built."""
        self._here: list[Node] = []
        """Where nodes are added: the stretch itself, or the body or branch that is open."""
        self._frames: list[_Frame] = []
        self._outer: list[list[Node]] = []
        """What `_here` was before each frame."""
        self._open: Counter[str] = Counter()
        """Names of the frames, to know at once that a closing tag has no partner."""
        self._too_deep: list[str] = []
        """Names of open blocks beyond the depth limit."""
        self._n_open = 0
        """Opening tags less closing ones, whatever their names are."""
        self._depth = 0
        self._has_strays = False
        self._problems: list[Problem] = []
        self._stretches: list[Stretch] = []

    def build(self, start: int, stop: int) -> list[Stretch]:
        """The stretches between two places."""
        is_part = stop < len(self._text)
        texts, indents = control_whitespace(self._found, is_part=is_part)
        base = self._base = end = start
        add = self._here.append
        for text, tag, at in zip(texts, self._found.tags, self._found.starts, strict=False):
            if at > end:
                add(Text(end - base, at - base, text))
            if at > base + LENGTH and self._may_part(tag, at):
                self._part(at)
                base, add = at, self._here.append
            end = at + tag.length
            if tag.is_plain and tag.call:
                add(Mustache(at - base, end - base, Call(tag.call, at - base)))
            elif tag.length:
                self._take(tag, Span(at - base, end - base), indents.get(at, ""))
                add = self._here.append
        if stop > end:
            add(Text(end - base, stop - base, texts[-1]))
        n_open = max(len(self._frames), self._n_open)
        while self._frames:
            self._give_up()
        if stop > base:
            self._part(stop, n_open=n_open)
        return self._stretches

    @property
    def _is_closed(self) -> bool:
        return not self._frames and self._n_open == 0

    def _may_part(self, tag: Tag, at: int) -> bool:
        """Whether a stretch may begin with a tag."""
        is_variable = tag.is_plain and not (tag.strips_left or tag.strips_right)
        may_begin = is_variable and self._is_closed and stands_free(self._text, at)
        return may_begin and self._is_sure(at, at + 1)

    def _is_sure(self, start: int, stop: int) -> bool:
        unsure = self._found.unsure
        return bisect_left(unsure, start) == bisect_left(unsure, stop)

    def _part(self, stop: int, *, n_open: int = 0) -> None:
        """End a stretch, and begin the next one."""
        base = self._base
        broken = [problem.moved(-base) for problem in _between(self._found.problems, base, stop)]
        stretch = Stretch(
            source=self._text[base:stop],
            nodes=tuple(self._here),
            problems=tuple(most_telling([*broken, *self._problems])),
            is_sure=self._is_sure(base, stop),
            n_open=n_open,
            depth=self._depth,
            has_strays=self._has_strays,
        )
        self._stretches.append(stretch)
        self._base, self._here, self._problems = stop, [], []
        self._depth, self._has_strays = 0, False

    def _take(self, tag: Tag, span: Span, indent: str) -> None:
        if tag.fault:
            fault = tag.fault
            self._report(fault.code, fault.span.moved(span.start), fault.message)
        if tag.kind == "comment":
            self._here.append(Comment(span, tag.words))
        elif tag.kind in ("close", "raw-close"):
            self._has_strays |= self._n_open == 0
            self._n_open -= self._n_open > 0
            self._close(tag, span)
        elif tag.kind == "else":
            self._else(tag, span)
        elif tag.call:
            self._call(tag, tag.call, span, indent)

    def _call(self, tag: Tag, parts: CallParts, span: Span, indent: str) -> None:
        call = Call(parts, span.start)
        if tag.kind == "mustache":
            self._here.append(Mustache(span.start, span.end, call))
        elif tag.kind == "partial":
            self._here.append(PartialCall(span, span, call, indent))
        else:
            self._n_open += 1
            self._begin(tag, call, span, indent)

    def _begin(self, tag: Tag, call: Call, span: Span, indent: str) -> None:
        self._depth = max(self._depth, len(self._frames) + 1)
        name = self._source(call.parts.callee.span.moved(call.at))
        if len(self._frames) == MAX_DEPTH:
            if not self._too_deep:
                message = f"blocks are nested deeper than {MAX_DEPTH} levels: write them flatter"
                self._report("too-deep", span, message)
            self._too_deep.append(name)
            return
        frame = _Frame(tag, span, name, call, indent)
        self._frames.append(frame)
        self._outer.append(self._here)
        self._here = frame.body
        self._open[name] += 1

    def _else(self, tag: Tag, span: Span) -> None:
        if self._too_deep:
            return
        if not self._frames:
            self._has_strays = True
            message = "{{else}} stands in no block: remove it, or open a block before it"
            self._report("unmatched-closing-block", span, message)
            return
        branches = self._frames[-1].branches
        if branches and branches[-1][1] is None:
            message = "an {{else}} stands before this one in the same block: remove one of them"
            self._report("unmatched-closing-block", span, message)
        call = Call(tag.call, span.start) if tag.call else None
        self._here = []
        branches.append((span, call, self._here))

    def _close(self, tag: Tag, span: Span) -> None:
        name = tag.words.strip()
        if self._too_deep:
            if self._too_deep[-1] == name:
                self._too_deep.pop()
            return
        if not self._open[name]:
            self._has_strays = True
            self._unmatched(span, name)
            return
        while self._frames[-1].name != name:
            self._give_up()
        self._finish(span)

    def _unmatched(self, span: Span, name: str) -> None:
        source = self._source(span)
        if self._frames:
            inner = self._frames[-1].name
            message = f"{source} closes no open block: {{{{/{inner}}}}} would close the innermost"
        else:
            message = f"{source} closes no open block: remove it, or open {{{{#{name}}}}} before it"
        self._report("unmatched-closing-block", span, message)

    def _give_up(self) -> None:
        """Take what follows the innermost opening tag for what stands beside it."""
        frame = self._leave()
        closing = f"{{{{/{frame.name}}}}}"
        if frame.tag.kind == "raw-open":
            closing = f"{{{{{closing}}}}}"
        if not self._too_deep:
            message = f"this block is never closed: add {closing} where it ends"
            self._report("unclosed-block", frame.span, message)
        inside = [*frame.body, *(node for _, _, nodes in frame.branches for node in nodes)]
        frame.body, frame.branches = [], []
        self._add(frame, frame.span, None)
        self._here.extend(inside)

    def _finish(self, close: Span) -> None:
        frame = self._leave()
        self._add(frame, Span(frame.span.start, close.end), close)

    def _leave(self) -> _Frame:
        frame = self._frames.pop()
        self._here = self._outer.pop()
        self._open[frame.name] -= 1
        return frame

    def _add(self, frame: _Frame, span: Span, close: Span | None) -> None:
        form = _FORMS.get(frame.tag.kind)
        if form is None:
            # A partial block has no branches; what follows an {{else}} in it is body too.
            parts = (frame.body, *(nodes for _, _, nodes in frame.branches))
            body = tuple([node for nodes in parts for node in nodes])
            self._here.append(PartialCall(span, frame.span, frame.call, frame.indent, body))
            return
        branches = tuple([Branch(tag, call, tuple(nodes)) for tag, call, nodes in frame.branches])
        body = tuple(frame.body)
        self._here.append(Block(span, form, frame.span, close, frame.call, body, branches))

    def _source(self, span: Span) -> str:
        return self._text[self._base + span.start : self._base + span.end]

    def _report(self, code: ProblemCode, span: Span, message: str) -> None:
        self._problems.append(Problem(code=code, span=span, message=message))
