"""The turns that a template writes out, as far as they can be told without rendering it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Comment, Const, Mustache, Node, Text
from tunesmith.prompt.stretch import Stretch, remembered
from tunesmith.prompt.text import Span


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What stands between two role markers outside of blocks."""

    role: str
    """Empty where it is computed; `user` before the first marker."""
    tag: Span | None
    """The marker that opens it."""
    span: Span
    """Behind the marker."""
    text: str | None
    """Its text, if it is always the same; None where a tag has a part in it."""


@dataclass(kw_only=True, slots=True)
class _Run:
    """What stands before the first marker of a stretch, or behind one of them."""

    marker: Mustache | None
    text: str | None
    is_blank: bool


@lru_cache(maxsize=1)
def turns(prompt: Prompt) -> tuple[Turn, ...]:
    """The turns with content, in order. A role marker inside of a block opens none."""
    found: list[tuple[Mustache | None, list[_Run]]] = [(None, [])]
    for at, stretch in prompt.stretches:
        for run in _runs(stretch):
            if run.marker:
                found.append((run.marker.moved(at), []))
            found[-1][1].append(run)
    ends = [*(marker.start for marker, _ in found if marker), prompt.body.end]
    return tuple(
        [
            _turn(prompt, marker, runs, end)
            for (marker, runs), end in zip(found, ends, strict=True)
            if not all(run.is_blank for run in runs)
        ]
    )


def _turn(prompt: Prompt, marker: Mustache | None, runs: list[_Run], end: int) -> Turn:
    texts = [run.text for run in runs if run.text is not None]
    return Turn(
        role=_role(marker) if marker else "user",
        tag=marker.span if marker else None,
        span=Span(marker.end if marker else prompt.body.start, end),
        text="".join(texts) if len(texts) == len(runs) else None,
    )


def _role(marker: Mustache) -> str:
    name = marker.call.arguments[0] if marker.call.arguments else None
    return str(name.value) if isinstance(name, Const) else ""


@remembered
def _runs(stretch: Stretch) -> tuple[_Run, ...]:
    return tuple(_cut(stretch))


def _cut(stretch: Stretch) -> Iterator[_Run]:
    nodes = [node for node in stretch.nodes if not isinstance(node, Comment)]
    has_markers = "role" in stretch.calling
    marks = [index for index, node in enumerate(nodes) if _is_marker(node)] if has_markers else []
    yield _run(None, nodes[: marks[0]] if marks else nodes)
    for start, stop in pairwise([*marks, len(nodes)]):
        yield _run(nodes[start], nodes[start + 1 : stop])


def _is_marker(node: Node) -> bool:
    return isinstance(node, Mustache) and node.call.parts.name == "role"


def _run(marker: Node | None, nodes: Sequence[Node]) -> _Run:
    texts = [node.value for node in nodes if isinstance(node, Text)]
    is_text = len(texts) == len(nodes)
    return _Run(
        marker=marker if isinstance(marker, Mustache) else None,
        text="".join(texts) if is_text else None,
        is_blank=is_text and not any(text.strip() for text in texts),
    )
