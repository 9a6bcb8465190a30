"""What holds for every text, whatever it is: nothing raises, nothing is lost, nothing hangs."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import (
    Block,
    Call,
    Comment,
    Const,
    Expression,
    Mustache,
    Node,
    PartialCall,
    Path,
    Text,
    calls_of,
)
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import ColumnUnit, Span
from tunesmith.prompt.variables import called_helpers, variables

PIECES = [
    "{{", "}}", "{{{", "}}}", "{{{{", "}}}}", "{{{{/", "{{#if a}}", "{{/if}}", "{{else}}",
    "{{else if b}}", "{{^}}", "{{^a}}", "{{/a}}", "{{#each b as |i n|}}", "{{/each}}", "{{~", "~}}",
    "{{!--", "--}}", "{{!", "{{> p", "{{#> p}}", "{{/p}}", "\\", '"', "'", "[", "]", "(", ")", "=",
    "|", "@", "../", "this", ".", "/", "a", " ", "\n", "\r\n", "\r", "---\n", "---", "model: x\n",
    "{{a}}", "{{{a}}}", "{{json (lookup a b) c=1}}", "{{> p x y=1}}", "{{{{r}}}}", "{{{{/r}}}}",
    "tunesmith.data: {train: x}\n", "# c\n", "\ufeff", "é", "电", "😀", "\ud800", "\udc00", "\x00",
]  # fmt: skip
ANY_TEXT = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.text(st.characters()),
    st.binary().map(lambda content: content.decode("utf-8", "surrogateescape")),
)


def own_spans(node: Node) -> Iterator[Span]:
    """What of the text is a node's own, and no other's."""
    if isinstance(node, Block):
        yield node.open
        yield from (branch.tag for branch in node.branches)
        if node.close:
            yield node.close
    else:
        yield node.open if isinstance(node, PartialCall) else node.span


def unparse(prompt: Prompt) -> str:
    """The text again, from what the tree has of it and from the gaps that are nobody's."""
    heads = [prompt.frontmatter.span] if prompt.frontmatter else []
    spans = [*heads, *(span for node in prompt.nodes for span in own_spans(node))]
    pieces: list[str] = []
    end = 0
    for span in sorted(spans, key=lambda span: span.start):
        assert end <= span.start <= span.end, "two nodes share a stretch of the text"
        pieces += (gap(prompt, Span(end, span.start)), span.of(prompt.text))
        end = span.end
    return "".join([*pieces, gap(prompt, Span(end, len(prompt.text)))])


def gap(prompt: Prompt, span: Span) -> str:
    """In the template, only tags without a partner, and those that end a partial's block."""
    inside = Span(max(span.start, prompt.body.start), min(span.end, prompt.body.end)).of(
        prompt.text
    )
    assert inside == "" or inside.startswith("{{")
    return span.of(prompt.text)


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_the_tree_has_all_of_the_text(text: str) -> None:
    assert unparse(parse(text)) == text


def expressions(value: Expression) -> Iterator[tuple[Span, Expression]]:
    yield value.span, value
    if isinstance(value, Call):
        inner = (value.callee, *value.arguments, *(named.value for named in value.named))
        yield from (found for one in inner for found in expressions(one))


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_the_nodes_of_each_kind_are_those_of_the_tree(text: str) -> None:
    prompt = parse(text)

    for kind, nodes in (
        (Text, prompt.texts),
        (Mustache, prompt.mustaches),
        (Block, prompt.blocks),
        (Comment, prompt.comments),
        (PartialCall, prompt.partial_calls),
    ):
        assert [node for node in prompt.nodes if isinstance(node, kind)] == [*nodes]


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_places_lie_inside_one_another(text: str) -> None:
    prompt = parse(text)

    for node in prompt.nodes:
        assert 0 <= node.span.start <= node.span.end <= len(text)
        assert all(node.span.start <= span.start <= span.end <= node.span.end
                   for span in own_spans(node))  # fmt: skip
        for call in calls_of(node):
            for span, _ in expressions(call):
                assert node.span.start <= span.start <= span.end <= node.span.end
    for problem in prompt.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    for use in (*variables(prompt), *called_helpers(prompt)):
        assert prompt.body.start <= use.span.start <= use.span.end <= prompt.body.end


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_an_expression_stands_where_it_says(text: str) -> None:
    for node in parse(text).nodes:
        for call in calls_of(node):
            for span, value in expressions(call):
                source = span.of(text)
                if isinstance(value, Path):
                    assert all(part in source.replace("\\", "") or part in source
                               for part in value.parts)  # fmt: skip
                elif isinstance(value, Const) and isinstance(value.value, str) and source:
                    assert value.value in (
                        source,
                        source[1:-1].replace(f"\\{source[0]}", source[0]),
                    )


@given(ANY_TEXT, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
@settings(max_examples=400, deadline=None)
def test_every_place_in_the_tree_comes_back_from_the_editor(text: str, unit: ColumnUnit) -> None:
    prompt = parse(text)
    spans = [span for node in prompt.nodes for span in own_spans(node)]

    for offset in {place for span in spans for place in (span.start, span.end)}:
        line, column = prompt.lines.position(offset, unit)

        assert prompt.lines.offset(line, column, unit) == offset


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_a_text_means_the_same_when_it_is_read_again(text: str) -> None:
    # Tags are remembered from one parse to the next, which must not show.
    first, second = parse(text), parse(text)

    assert [node.span for node in first.nodes] == [node.span for node in second.nodes]
    assert first.problems == second.problems
    assert variables(first) == variables(second)


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 500_000,
        "{{{" * 300_000,
        "{{!--" * 200_000,
        "{{{{a}}}}" * 100_000,
        "{{#if a}}" * 100_000 + "x" + "{{/if}}" * 100_000,
        "{{" + "(" * 100_000,
        "{{a " + "(" * 100_000 + ")" * 100_000 + "}}",
        "{{" + "a." * 100_000 + "a}}",
        "{{a '" + "{{" * 400_000 + "'}}",
        '{{a "{{"}}' * 100_000,
        "{{/if}}" * 100_000,
        "\\{{" * 300_000,
        "\0" * 1_000_000,
        "\r" * 1_000_000,
        "-" * 1_000_000,
        "---\n" * 250_000,
        "---\na: " + "[" * 100_000 + "\n---\n",
        "---\n" + "- " * 30_000 + "\n---\n",
        "---\n" + "? " * 30_000 + "\n---\n",
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_text_is_read_like_any_other(text: str) -> None:
    # Work that grows with the square of the text would keep this from ending.
    prompt = parse(text)

    assert unparse(prompt) == text
    assert len(prompt.problems) <= 100
    assert len(variables(prompt)) <= len(prompt.nodes)


def test_partials_that_call_each_other_twice_a_level_are_looked_through_once() -> None:
    partials = {f"p{n}": f"{{{{> p{n + 1}}}}}{{{{v{n}}}}}{{{{> p{n + 1}}}}}" for n in range(60)}
    partials["p60"] = "{{last}}"

    found = variables(parse("{{> p0}}"), partials)

    assert [use.name for use in found] == [*(f"v{n}" for n in range(60)), "last"]


def test_a_long_chain_of_partials_is_followed_to_its_end() -> None:
    partials = {f"p{n}": f"{{{{> p{n + 1}}}}}" for n in range(5000)} | {"p5000": "{{last}}"}

    assert [use.name for use in variables(parse("{{> p0}}"), partials)] == ["last"]


def test_a_comment_may_be_as_long_as_it_likes() -> None:
    (node,) = parse("{{! " + "x" * 10_000 + "}}").nodes

    assert isinstance(node, Comment)
    assert isinstance(parse("{{! a }}{{b}}").nodes[1], Mustache)
