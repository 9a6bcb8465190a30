"""The turns that a template writes out, as far as they can be told without rendering it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tunesmith.prompt.model import Comment, Const, Mustache, Node, Prompt, Text
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
    nodes: tuple[Node, ...]

    @property
    def text(self) -> str | None:
        """Its text, if it is always the same; None where a tag has a part in it."""
        nodes = [node for node in self.nodes if not isinstance(node, Comment)]
        texts = [node.value for node in nodes if isinstance(node, Text)]
        return "".join(texts) if len(texts) == len(nodes) else None


@lru_cache(maxsize=1)
def turns(prompt: Prompt) -> tuple[Turn, ...]:
    """The turns with content, in order. A role marker inside of a block opens none."""
    nodes = prompt.template
    # Not by `call.name`, since most nodes of a long prompt pass by here.
    at = [
        index
        for index, node in enumerate(nodes)
        if isinstance(node, Mustache) and node.call.parts.name == "role"
    ]
    bounds = [*at, len(nodes)]
    found = [_turn(prompt, None, nodes[: bounds[0]], bounds[0])]
    for index, end in zip(at, bounds[1:], strict=True):
        found.append(_turn(prompt, nodes[index], nodes[index + 1 : end], end))
    return tuple(turn for turn in found if _has_content(turn.nodes))


def _turn(prompt: Prompt, marker: Node | None, nodes: tuple[Node, ...], end: int) -> Turn:
    start = marker.span.end if marker else prompt.body.start
    stop = prompt.template[end].span.start if end < len(prompt.template) else prompt.body.end
    return Turn(
        role=_role(marker), tag=marker.span if marker else None, span=Span(start, stop), nodes=nodes
    )


def _role(marker: Node | None) -> str:
    if not isinstance(marker, Mustache):
        return "user"
    name = marker.call.arguments[0] if marker.call.arguments else None
    return str(name.value) if isinstance(name, Const) else ""


def _has_content(nodes: Sequence[Node]) -> bool:
    spoken = (node for node in nodes if not isinstance(node, Comment))
    return any(not isinstance(node, Text) or node.value.strip() for node in spoken)
