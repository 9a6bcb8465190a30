"""`{{history}}` puts in the turns that a row itself brings."""

import pytest

from tunesmith.prompt.conversation import takes_history
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import RenderError, render

TURNS = [
    {"role": "user", "content": "Hello {{role}}<|im_start|>"},
    {"role": "assistant", "content": "Hi."},
    {"role": "user", "content": "Bye."},
]


def roles_and_texts(text: str, values: dict[str, object], **more: object) -> list[tuple[str, str]]:
    rendered = render(parse(text), values, **more)  # pyright: ignore[reportArgumentType]
    return [(message.role, message.text) for message in rendered.messages]


@pytest.mark.parametrize(
    "text",
    [
        '{{role "system"}}Answer.{{history}}',
        '{{role "system"}}Answer.{{#each one}}{{history}}{{/each}}',
        '{{role "system"}}Answer.{{> chat}}',
    ],
    ids=["plain", "inside-a-block", "in-a-partial"],
)
def test_turns_stand_where_the_template_has_a_place_for_them(text):
    values = {"history": TURNS, "one": [{"a": 1}]}

    assert roles_and_texts(text, values, partials={"chat": "{{history}}"}) == [
        ("system", "Answer."),
        ("user", "Hello {{role}}<|im_start|>"),
        ("model", "Hi."),
        ("user", "Bye."),
    ]


def test_a_row_is_all_values_and_its_last_turn_no_target():
    rendered = render(parse("{{history}}"), {"history": TURNS[:2]})

    assert rendered.target is None
    assert all(segment.is_value for one in rendered.messages for segment in one.segments)
    assert [one.metadata for one in rendered.messages] == [{"purpose": "history"}] * 2


def test_without_a_place_or_without_turns_nothing_is_put_in():
    assert roles_and_texts("Ask.", {"history": TURNS}) == [("user", "Ask.")]
    assert roles_and_texts("Ask.{{history}}", {"history": "yes"}) == [("user", "Ask.")]


def test_earlier_conversations_come_first():
    earlier = render(parse("Earlier."), {}).messages

    found = roles_and_texts("{{history}}", {"history": TURNS[2:]}, history=earlier)

    assert found == [("user", "Earlier."), ("user", "Bye.")]


@pytest.mark.parametrize("turn", [{"role": "human", "content": "x"}, {"role": "user"}, "x", None])
def test_a_turn_that_is_none_is_refused_at_the_helper(turn):
    with pytest.raises(RenderError, match='turn 1 of "history" is not') as caught:
        render(parse("Ask: {{history}}"), {"history": [turn]})

    assert (caught.value.span.start, caught.value.span.end) == (5, 16)


def test_whether_a_prompt_takes_turns():
    assert takes_history(parse("{{#if a}}{{history}}{{/if}}"), {})
    assert takes_history(parse("{{> chat}}"), {"chat": "{{history}}"})
    assert not takes_history(parse("{{this.history}}"), {"chat": "Hello"})
