"""Demonstrations and turns, as rules see them."""

import doctest

import pytest

from tunesmith.lint import demos as module
from tunesmith.lint import prose
from tunesmith.lint.demos import demos, labels_of
from tunesmith.lint.prose import sentences
from tunesmith.lint.turns import turns
from tunesmith.prompt.parse import parse

LINES = "Film: A joy.\nVerdict: good\n\nFilm: Dull.\nVerdict: bad\n\nFilm: {{film}}\nVerdict:"
UNSPACED = LINES.replace("\n\n", "\n")
ARROWS = "A joy. -> good\r\nDull. => bad\r\n{{film}} ->"
TURNS = (
    '{{role "system"}}Judge.{{role "user"}}A joy.{{role "model"}}good'
    '{{role "user"}}Dull.{{role "model"}}bad{{role "user"}}{{film}}'
)


@pytest.mark.parametrize("text", [LINES, UNSPACED, LINES.replace("\n", "\r\n"), ARROWS, TURNS])
def test_each_way_to_write_demonstrations_is_read(text: str):
    found = demos(parse(text))

    assert [(demo.input, demo.answer) for demo in found] == [("A joy.", "good"), ("Dull.", "bad")]
    assert [demo.answer_span.of(text) for demo in found] == ["good", "bad"]
    assert [demo.span.of(text)[-3:] for demo in found] == ["ood", "bad"]


@pytest.mark.parametrize(
    "text",
    [
        "- account: login\n- billing: prices\n- refund: money",
        "Film: A joy.\nVerdict: good",
        "Name: Ann\nAge: 3\nCity: Rome",
        TURNS.replace("A joy.", "{{first}}"),
        "Glossary:\nqueue -> Schlange\njob -> Auftrag\n\nTranslate: {{text}}",
        "Facts:\nQ: Pets?\nA: yes\nQ: Pool?\nA: no\n{{question}}",
        f"Film: {{{{film}}}}\n```\n{LINES[:50]}\n```",
        "",
    ],
)
def test_what_is_no_demonstration(text: str):
    assert demos(parse(text)) == ()


def test_what_is_called_an_example_is_a_demonstration():
    lines, _, _ = LINES.rpartition("\n\n")

    found = demos(parse(f"Some examples.\n{lines}\n{{{{film}}}}"))

    assert [demo.answer for demo in found] == ["good", "bad"]
    assert demos(parse(f"Some films.\n{lines}\n{{{{film}}}}")) == ()


def test_answers_are_labels_where_they_come_again():
    twice = parse(f"{LINES}\n\nFilm: Sad.\nVerdict: bad\n\nFilm: Odd.\nVerdict: good")

    assert labels_of(demos(twice)) == ("good", "bad", "bad", "good")
    assert labels_of(demos(parse(LINES))) == ()


def test_turns_are_cut_at_the_markers_outside_of_blocks():
    text = 'a{{role "system"}} {{role "user"}}b{{c}}{{#if d}}{{role "model"}}e{{/if}}{{role x}}f'

    found = turns(parse(text))

    assert [(turn.role, turn.span.of(text), turn.text) for turn in found] == [
        ("user", "a", "a"),
        ("user", 'b{{c}}{{#if d}}{{role "model"}}e{{/if}}', None),
        ("", "f", "f"),
    ]


def test_a_comment_is_no_part_of_a_turn():
    found = turns(parse('{{! Why. }}\n{{role "system"}}Be {{! very }}brief.'))

    assert [(turn.role, turn.text) for turn in found] == [("system", "Be brief.")]


def test_sentences_end_at_marks_lines_and_tags():
    text = f"Use v1.2 here. 好的。再来！\nNo end{{{{a}}}}, more\n{LINES}"

    found = [item.text for item in sentences(parse(text))]

    assert found[:5] == ["Use v1.2 here.", "好的。", "再来！", "No end", ", more"]
    assert "Film: Dull." not in found


@pytest.mark.parametrize("target", [module, prose])
def test_the_examples_are_true(target):
    assert doctest.testmod(target).failed == 0
