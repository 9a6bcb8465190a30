"""Two numbers side by side at the beginning, which the JavaScript runtime adds up.

`{{a}}{{b}}` of 1 and 2 is "3" there and "12" in the Python runtime, where nothing stands before the
two in the template or in their block (handlebars 4.7.10). Text before or between them keeps them
apart.

Bad:
    ---
    input: {schema: {year: integer, month: integer}}
    ---
    {{year}}{{month}} was the month.
Good:
    ---
    input: {schema: {year: integer, month: integer}}
    ---
    {{year}}-{{month}} was the month.
"""

from collections.abc import Iterator
from typing import cast

from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import input_schema
from tunesmith.lint.rule import Rule
from tunesmith.lint.validate import properties_of
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Block, Comment, Mustache, Node, Path, Text
from tunesmith.prompt.text import Span
from tunesmith.prompt.variables import BLOCK_HELPERS
from tunesmith.wire.finding import Finding

RULE = Rule("adjacent-expressions", severity="information")
_NUMBERS = {"number", "integer"}
_KEEPS_ROW = BLOCK_HELPERS - {"each", "with"}
"""Blocks in which a name still means an input."""


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such pair of inputs that the schema says are numbers."""
    prompt = loaded.prompt
    if "}}{{" not in prompt.text:
        return
    schema = input_schema(loaded)
    if schema is None:
        return
    numbers = {name for name, field in properties_of(schema).items() if _is_number(field)}
    for nodes in _bodies(prompt.template, prompt.blocks) if numbers else ():
        first, second = _first_two(nodes)
        if first and second and _name(first) in numbers and _name(second) in numbers:
            message = "the JavaScript runtime adds these two numbers: write something between them"
            yield RULE.at(Span(first.span.start, second.span.end), message)


def _is_number(field: object) -> bool:
    kind = cast("dict[str, object]", field).get("type") if isinstance(field, dict) else None
    kinds = set(cast("list[object]", kind)) if isinstance(kind, list) else {kind}
    return bool(kinds & _NUMBERS) and kinds <= {*_NUMBERS, "null"}


def _bodies(root: tuple[Node, ...], blocks: tuple[Block, ...]) -> Iterator[tuple[Node, ...]]:
    yield root
    for block in blocks:
        if block.call.name in _KEEPS_ROW:
            yield block.body
            yield from (branch.body for branch in block.branches)


def _first_two(nodes: tuple[Node, ...]) -> tuple[Node | None, Node | None]:
    """What is rendered first, and second."""
    written = (
        node
        for node in nodes
        if not isinstance(node, Comment) and not (isinstance(node, Text) and not node.value)
    )
    return next(written, None), next(written, None)


def _name(node: Node) -> str:
    """The input that a tag stands for; empty for anything else."""
    if not isinstance(node, Mustache) or node.call.has_arguments:
        return ""
    callee = node.call.callee
    is_input = isinstance(callee, Path) and len(callee.parts) == 1 and not callee.is_data
    return node.call.name if is_input else ""
