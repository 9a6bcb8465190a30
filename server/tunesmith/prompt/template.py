"""Builds the tree of a template from its tags; whatever is broken becomes a problem."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from tunesmith.prompt.model import (
    Block,
    Branch,
    Call,
    CallParts,
    Comment,
    Mustache,
    Node,
    PartialCall,
    Problem,
    ProblemCode,
    Text,
)
from tunesmith.prompt.scan import Scan, scan
from tunesmith.prompt.tags import Tag, TagKind
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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Template:
    """A template as a tree, and its nodes by kind, each in the order of the text."""

    nodes: tuple[Node, ...]
    texts: tuple[Text, ...]
    mustaches: tuple[Mustache, ...]
    others: tuple[Node, ...]
    problems: tuple[Problem, ...]


def parse_template(text: str, body: Span) -> Template:
    """The template at `body`. Never raises."""
    found = scan(text, body)
    builder = _Builder(text, found.problems)
    nodes = builder.build(found, body)
    return Template(
        nodes=nodes,
        texts=tuple(builder.texts),
        mustaches=tuple(builder.mustaches),
        others=tuple(sorted(builder.others, key=lambda node: node.span.start)),
        problems=tuple(sorted(builder.problems, key=lambda problem: problem.span.start)),
    )


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


class _Builder:
    def __init__(self, text: str, problems: list[Problem]) -> None:
        self._text = text
        self._here: list[Node] = []
        """Where nodes are added: the template itself, or the body or branch that is open."""
        self._frames: list[_Frame] = []
        self._outer: list[list[Node]] = []
        """What `_here` was before each frame."""
        self._open: Counter[str] = Counter()
        """Names of the frames, to know at once that a closing tag has no partner."""
        self._too_deep: list[str] = []
        """Names of open blocks beyond the depth limit."""
        self.texts: list[Text] = []
        self.mustaches: list[Mustache] = []
        self.others: list[Node] = []
        self.problems = problems[:MAX_PROBLEMS]

    def build(self, found: Scan, body: Span) -> tuple[Node, ...]:
        """The tree."""
        texts, indents = control_whitespace(found)
        end = body.start
        add, add_text, add_mustache = self._here.append, self.texts.append, self.mustaches.append
        for text, tag, start in zip(texts, found.tags, found.starts, strict=False):
            if start > end:
                piece = Text(end, start, text)
                add(piece)
                add_text(piece)
            end = start + tag.length
            if tag.is_plain and tag.call:
                node = Mustache(start, end, Call(tag.call, start))
                add(node)
                add_mustache(node)
            elif tag.length:
                self._take(tag, Span(start, end), indents.get(start, ""))
                add = self._here.append
        if body.end > end:
            piece = Text(end, body.end, texts[-1])
            add(piece)
            add_text(piece)
        while self._frames:
            self._give_up(body.end)
        return tuple(self._here)

    def _take(self, tag: Tag, span: Span, indent: str) -> None:
        if tag.fault:
            fault = tag.fault
            self._report(fault.code, fault.span.moved(span.start), fault.message)
        if tag.kind == "comment":
            self._add(Comment(span, tag.words))
        elif tag.kind in ("close", "raw-close"):
            self._close(tag, span)
        elif tag.kind == "else":
            self._else(tag, span)
        elif tag.call:
            self._call(tag, tag.call, span, indent)

    def _call(self, tag: Tag, parts: CallParts, span: Span, indent: str) -> None:
        call = Call(parts, span.start)
        if tag.kind == "mustache":
            node = Mustache(span.start, span.end, call)
            self._here.append(node)
            self.mustaches.append(node)
        elif tag.kind == "partial":
            self._add(PartialCall(span, span, call, indent))
        else:
            self._begin(tag, call, span, indent)

    def _begin(self, tag: Tag, call: Call, span: Span, indent: str) -> None:
        name = call.parts.callee.span.moved(call.at).of(self._text)
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
            self._unmatched(span, name)
            return
        while self._frames[-1].name != name:
            self._give_up(span.start)
        self._finish(span.end, span)

    def _unmatched(self, span: Span, name: str) -> None:
        source = span.of(self._text)
        if self._frames:
            inner = self._frames[-1].name
            message = f"{source} closes no open block: {{{{/{inner}}}}} would close the innermost"
        else:
            message = f"{source} closes no open block: remove it, or open {{{{#{name}}}}} before it"
        self._report("unmatched-closing-block", span, message)

    def _give_up(self, end: int) -> None:
        frame = self._frames[-1]
        closing = f"{{{{/{frame.name}}}}}"
        if frame.tag.kind == "raw-open":
            closing = f"{{{{{closing}}}}}"
        if not self._too_deep:
            message = f"this block is never closed: add {closing} where it ends"
            self._report("unclosed-block", frame.span, message)
        self._finish(end, None)

    def _finish(self, end: int, close: Span | None) -> None:
        frame = self._frames.pop()
        self._here = self._outer.pop()
        self._open[frame.name] -= 1
        span = Span(frame.span.start, end)
        form = _FORMS.get(frame.tag.kind)
        if form is None:
            # A partial block has no branches; what follows an {{else}} in it is body too.
            parts = (frame.body, *(nodes for _, _, nodes in frame.branches))
            body = tuple([node for nodes in parts for node in nodes])
            self._add(PartialCall(span, frame.span, frame.call, frame.indent, body))
            return
        branches = tuple([Branch(tag, call, tuple(nodes)) for tag, call, nodes in frame.branches])
        body = tuple(frame.body)
        self._add(Block(span, form, frame.span, close, frame.call, body, branches))

    def _add(self, node: Node) -> None:
        self._here.append(node)
        self.others.append(node)

    def _report(self, code: ProblemCode, span: Span, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code=code, span=span, message=message))
