"""Blocks whose closing tag is missing, and how far they could reach."""

from collections.abc import Iterator

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Block, Node, PartialCall
from tunesmith.prompt.stretch import Stretch, remembered


def unclosed_blocks(prompt: Prompt) -> Iterator[tuple[Block, int]]:
    """Each of them but raw ones, with the end of what it stands in."""
    for at, stretch in prompt.stretches:
        for block, end in _of(stretch):
            yield block.moved(at), prompt.body.end if end is None else end + at


@remembered
def _of(stretch: Stretch) -> tuple[tuple[Block, int | None], ...]:
    return tuple(_unclosed(stretch.nodes, None))


def _unclosed(nodes: tuple[Node, ...], end: int | None) -> Iterator[tuple[Block, int | None]]:
    for node in nodes:
        if isinstance(node, PartialCall):
            yield from _unclosed(node.body or (), node.span.end)
        elif isinstance(node, Block) and node.close:
            ends = [*(branch.tag.start for branch in node.branches), node.close.start]
            bodies = [node.body, *(branch.body for branch in node.branches)]
            for body, inner_end in zip(bodies, ends, strict=True):
                yield from _unclosed(body, inner_end)
        elif isinstance(node, Block) and node.form != "raw":
            yield node, end
