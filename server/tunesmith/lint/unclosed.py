"""Blocks whose closing tag is missing, and how far they could reach."""

from collections.abc import Iterator

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Block, Node, PartialCall


def unclosed_blocks(prompt: Prompt) -> Iterator[tuple[Block, int]]:
    """Each of them but raw ones, with the end of what it stands in."""
    return _unclosed(prompt.template, prompt.body.end)


def _unclosed(nodes: tuple[Node, ...], end: int) -> Iterator[tuple[Block, int]]:
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
