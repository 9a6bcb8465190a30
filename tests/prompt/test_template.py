"""The template tree: what is in it, where it stands, and what is wrong with it."""

import pytest

from tunesmith.prompt.nodes import (
    Block,
    Comment,
    Const,
    Mustache,
    Node,
    PartialCall,
    Path,
    Text,
    walk,
)
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import Span


def only(text: str) -> Node:
    (node,) = parse(text).template
    return node


def test_a_path_knows_its_parts() -> None:
    node = only("{{../user.name}}")

    assert isinstance(node, Mustache)
    callee = node.call.callee
    assert isinstance(callee, Path)
    assert (callee.parts, callee.depth, callee.is_explicit) == (("user", "name"), 1, True)
    assert callee.span == Span(2, 14)


def test_a_call_knows_its_arguments() -> None:
    text = '{{json (lookup a "b") indent=2}}'
    node = only(text)

    assert isinstance(node, Mustache)
    (argument,) = node.call.arguments
    (indent,) = node.call.named
    assert node.call.name == "json"
    assert argument.span.of(text) == 'lookup a "b"'
    assert (indent.key, indent.key_span.of(text)) == ("indent", "indent")
    assert isinstance(indent.value, Const)
    assert indent.value.value == 2


def test_a_block_knows_its_branches() -> None:
    text = "{{#if a}}A{{else if b}}B{{else}}C{{/if}}"
    block = only(text)

    assert isinstance(block, Block)
    assert block.close and block.close.of(text) == "{{/if}}"
    assert [branch.tag.of(text) for branch in block.branches] == ["{{else if b}}", "{{else}}"]
    assert [node.span.of(text) for node in walk((block,))][1:] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{{! a }}", Comment),
        ("{{!-- }} --}}", Comment),
        ("{{{a}}}", Mustache),
        ("{{&a}}", Mustache),
        ("{{[a b]}}", Mustache),
        ('{{json "}}"}}', Mustache),
        ('{{json "{{"}}', Mustache),
        ("{{> p a=1}}", PartialCall),
        ("{{> (lookup a b)}}", PartialCall),
        ("{{#> p}}x{{/p}}", PartialCall),
        ("{{^a}}x{{/a}}", Block),
        ("{{{{raw}}}} {{x}} {{{{/raw}}}}", Block),
        ("\\\\", Text),
        ('{"a": {"b": 1}}', Text),
    ],
)
def test_one_node_without_a_problem(text: str, kind: type[Node]) -> None:
    assert parse(text).problems == ()
    assert isinstance(only(text), kind)


@pytest.mark.parametrize(
    ("text", "code", "marked", "words"),
    [
        ("{{#if a}}x", "unclosed-block", "{{#if a}}", "add {{/if}}"),
        ("{{#if a}}{{#each b}}{{/if}}", "unclosed-block", "{{#each b}}", "add {{/each}}"),
        ("{{{{a}}}} x", "unclosed-block", "{{{{a}}}}", "add {{{{/a}}}}"),
        ("x{{/if}}", "unmatched-closing-block", "{{/if}}", "open {{#if}}"),
        ("{{else}}", "unmatched-closing-block", "{{else}}", "in no block"),
        (
            "{{#if a}}{{else}}{{else}}{{/if}}",
            "unmatched-closing-block",
            "{{else}}",
            "an {{else}} stands before",
        ),
        ("a {{ b\nc", "unbalanced-brace", "{{ b", "never ends"),
        ("{{a {{b}}", "unbalanced-brace", "{{a ", "never ends"),
        ("{{!-- a", "unbalanced-brace", "{{!-- a", "never ends"),
        ("{{{a}}", "unbalanced-brace", "{{{a}}", "3 closing braces"),
        ("{{a =}}", "unbalanced-brace", "=", "a name is missing"),
        ("{{}}", "unbalanced-brace", "", "empty"),
        ("{{a b=1 c}}", "unbalanced-brace", "c", "put it first"),
        ("{{json (a}}", "unbalanced-brace", "", "parenthesis"),
    ],
)
def test_problems(text: str, code: str, marked: str, words: str) -> None:
    (problem,) = parse(text).problems

    assert problem.code == code
    assert problem.span.of(text) == marked
    assert words in problem.message


def test_an_escaped_tag_is_text() -> None:
    nodes = parse("a \\{{b}} \\\\{{c}}").template

    texts = [node.value for node in nodes if isinstance(node, Text)]
    assert texts == ["a ", "{{b}} \\"]
    assert isinstance(nodes[-1], Mustache)


def test_a_name_is_known_while_it_is_typed() -> None:
    node = parse("{{na").template[0]

    assert isinstance(node, Mustache)
    assert node.call.name == "na"


@pytest.mark.parametrize(
    ("piece", "code"),
    [
        ("{{", "unbalanced-brace"),
        ('{{"', "unbalanced-brace"),
        ("{{(", "unbalanced-brace"),
        ("{{!--", "unbalanced-brace"),
        ("{{{a}}", "unbalanced-brace"),
        ("{{{{a}}}}", "too-deep"),
        ("{{#if a}}", "too-deep"),
        ("{{/if}}", "unmatched-closing-block"),
        ("{{else}}", "unmatched-closing-block"),
    ],
)
def test_hostile_repetition_ends_in_a_few_problems(piece: str, code: str) -> None:
    # Work that grows with the square of the text would keep this from ending.
    problems = parse(piece * 10_000).problems

    assert {problem.code for problem in problems} == {code}
    assert len(problems) <= 100


def test_nesting_is_capped() -> None:
    depth = 30_000

    prompt = parse("{{#if a}}" * depth + "x" + "{{/if}}" * depth)

    assert [problem.code for problem in prompt.problems] == ["too-deep"]


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("{{> tone}}", "tone"),
        ("{{> topic-2.sub_topic}}", "topic-2.sub_topic"),
        ("{{> parts/tone voice.low}}", "parts/tone"),
        ("{{> [my parts].tone}}", "my parts.tone"),
        ("{{> 'a.b/c'}}", "a.b/c"),
        ("{{> @partial-block}}", "@partial-block"),
        ("{{> (lookup a b)}}", None),
    ],
)
def test_a_partial_is_called_by_its_name_as_written(tag: str, name: str | None) -> None:
    (call,) = parse(tag).partial_calls

    assert call.name == name
