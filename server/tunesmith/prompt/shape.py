"""What a prompt says, without the places where it says it, so that two prompts can be compared."""

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import (
    Block,
    Branch,
    Call,
    Comment,
    Const,
    Expression,
    Mustache,
    Node,
    PartialCall,
    Text,
)


def shape_of(prompt: Prompt) -> object:
    """The same for two templates that differ in nothing but the blanks inside their tags."""
    return _nodes(prompt.template)


def _nodes(nodes: tuple[Node, ...]) -> tuple[object, ...]:
    return tuple(_node(node) for node in nodes)


def _node(node: Node | Branch) -> object:
    match node:
        case Text():
            return node.value
        case Comment():
            return "comment", node.text
        case Mustache():
            return "mustache", _call(node.call)
        case PartialCall():
            body = None if node.body is None else _nodes(node.body)
            return "partial", _call(node.call), node.indent, body
        case Block():
            branches = tuple(_node(branch) for branch in node.branches)
            return node.form, _call(node.call), _nodes(node.body), branches
        case Branch():
            return "branch", node.call and _call(node.call), _nodes(node.body)


def _call(call: Call) -> object:
    named = tuple((pair.key, _value(pair.value)) for pair in call.named)
    params = tuple(param.name for param in call.params)
    return _value(call.callee), tuple(map(_value, call.arguments)), named, params


def _value(value: Expression) -> object:
    if isinstance(value, Call):
        return _call(value)
    if isinstance(value, Const):
        return type(value.value), value.value, value.span.end - value.span.start
    return value.parts, value.depth, value.is_data, value.is_explicit
