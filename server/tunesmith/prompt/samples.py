"""Made-up rows that lead a template through all of its branches."""

from collections.abc import Mapping

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Block, Const, Expression, Node, Path, calls_of, walk
from tunesmith.prompt.parse import parse_partial

MAX_SAMPLES = 64


def sample_values(prompt: Prompt, partials: Mapping[str, str]) -> list[dict[str, object]]:
    """Rows in which each name in turn is missing, and those that fit each `{{#ifEquals}}`.

    >>> from tunesmith.prompt.parse import parse
    >>> sample_values(parse("{{#if a}}{{b}}{{/if}}"), {})
    [{'a': 'a', 'b': 'b'}, {'b': 'b'}, {'a': 'a'}, {}]
    """
    nodes = [*prompt.nodes]
    for text in partials.values():
        nodes += walk(parse_partial(text))
    names = sorted({name for node in nodes for name in _names(node)})
    whole: dict[str, object] = {name: name for name in names}
    for node in nodes:
        for name in _held(node):
            # As an item it has all names itself, so that whatever is read from it is there.
            whole[name] = [dict.fromkeys(names, "item"), dict.fromkeys(names, "last")]
    rows = [whole, *({**whole, name: value} for node in nodes for name, value in _equal(node))]
    rows += [{key: value for key, value in whole.items() if key != name} for name in names]
    return [*rows[: MAX_SAMPLES - 1], {}]


def _names(node: Node) -> set[str]:
    found: set[str] = set()
    for call in calls_of(node):
        values = (call.callee, *call.arguments, *(pair.value for pair in call.named))
        is_variable = not call.has_arguments
        for value in values if is_variable else values[1:]:
            if isinstance(value, Path) and not value.is_data:
                found.update(value.parts)
    return found


def _held(node: Node) -> list[str]:
    """Names of what a block goes through or into."""
    if not isinstance(node, Block):
        return []
    calls = [node.call, *(branch.call for branch in node.branches if branch.call)]
    values = [value for call in calls for value in (call.callee, *call.arguments)]
    is_if = node.call.name in ("if", "unless", "ifEquals", "unlessEquals")
    return [] if is_if else [name for value in values for name in _last(value)]


def _last(value: Expression) -> tuple[str, ...]:
    return value.parts[-1:] if isinstance(value, Path) and not value.is_data else ()


def _equal(node: Node) -> list[tuple[str, object]]:
    """Name and value that make the two sides of a comparison equal."""
    found: list[tuple[str, object]] = []
    for call in calls_of(node):
        if call.name in ("ifEquals", "unlessEquals") and len(call.arguments) == 2:
            left, right = call.arguments
            for path, const in ((left, right), (right, left)):
                if isinstance(path, Path) and path.parts and isinstance(const, Const):
                    found.append((path.parts[-1], const.value))
    return found
