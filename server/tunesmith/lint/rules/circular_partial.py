"""A partial that leads back to itself, with nothing that would ever end it.

Rendering it goes on until the runtime gives up. A partial that calls itself for each of its items
is no such circle: it ends with the data.

Bad:
    {{> tone}} Answer.
    -- _tone.prompt --
    Be friendly. {{> manners}}
    -- _manners.prompt --
    Say hello. {{> tone}}
Good:
    {{> tree}}
    -- _tree.prompt --
    {{name}}
    {{#each children}}{{> tree}}{{/each}}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Block, Node, PartialCall
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.variables import BLOCK_HELPERS
from tunesmith.wire.finding import Finding

RULE = Rule("circular-partial", severity="error")
_KEEPS_CONTEXT = BLOCK_HELPERS - {"each", "with"}


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each call that leads into a circle."""
    calls = loaded.prompt.partial_calls
    circles = {name: _circle(name, loaded) for name in {node.name for node in calls}}
    for node in calls:
        circle = circles[node.name]
        if circle:
            path = " > ".join(circle)
            message = f"partials lead back to themselves without an end: {path}"
            yield RULE.at(node.call.callee.span, f"{message}; take one of the calls out")


def _circle(name: str | None, loaded: LoadedPrompt) -> list[str] | None:
    """The names of the first circle that is found from a partial on."""
    done: set[str] = set()
    path: list[str] = []
    waiting: list[tuple[str | None, int]] = [(name, 0)]
    while waiting:
        called, depth = waiting.pop()
        del path[depth:]
        if called is None or called not in loaded.partials:
            continue
        if called in path:
            return [*path[path.index(called) :], called]
        if called not in done:
            done.add(called)
            path.append(called)
            nodes = parse_partial(loaded.partials[called])
            waiting.extend((inner, depth + 1) for inner in _endless(nodes))
    return None


def _endless(nodes: tuple[Node, ...]) -> Iterator[str]:
    """Partials that are called with nothing changed: neither the item nor the context."""
    for node in nodes:
        if isinstance(node, PartialCall):
            if node.name and not node.call.has_arguments:
                yield node.name
            yield from _endless(node.body or ())
        elif isinstance(node, Block) and node.call.name in _KEEPS_CONTEXT:
            yield from _endless(node.body)
            for branch in node.branches:
                yield from _endless(branch.body)
