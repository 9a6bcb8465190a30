import doctest
import unicodedata

import pytest

from tunesmith.lint import unicode as module
from tunesmith.lint.unicode import bidi_controls, has_bidi, has_invisible, invisible

TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
SELECTORS = "".join(chr(0xE0100 + byte - 16) for byte in "好的".encode())


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "评论：好。",
        "👩\u200d🚀 👨🏽\u200d🌾 👁\ufe0f\u200d🗨\ufe0f ⛹🏽\u200d♂\ufe0f ❤\ufe0f\u200d🔥",
        "☺\ufe0f ©\ufe0f ↔\ufe0f 1\ufe0f\u20e3 #\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "葛\U000e0100城 ，\ufe00",
        "می\u200cخواهم لا\u200dم",
        "क्\u200dष क्\u200cष",
        "ภาษา\u200bไทย ខ្មែរ\u200bភាសា",
        "שלום\u200f! abc\u200e (שלום)",
        "\u1100\u1160 \u115f\u1161",
        "ᠮᠣᠩᠭᠣᠯ\u180b",
    ],
)
def test_what_a_script_or_an_emoji_asks_for_is_left_alone(text: str):
    assert list(invisible(text)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("one\u200bword", "U+200B ZERO WIDTH SPACE"),
        ("评\u200b论", "U+200B ZERO WIDTH SPACE"),
        ("soft\u00adly", "U+00AD SOFT HYPHEN"),
        ("\ufefftext", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("John\u200c", "U+200C ZERO WIDTH NON-JOINER"),
        ("a\u200db", "U+200D ZERO WIDTH JOINER"),
        ("👩\u200dx", "U+200D ZERO WIDTH JOINER"),
        ("left\u200eright", "U+200E LEFT-TO-RIGHT MARK"),
        ("a\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("🛠\ufe0f\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("x\u3164", "U+3164 HANGUL FILLER"),
        ("x\u2060\u2063", "U+2060 WORD JOINER"),
    ],
)
def test_any_other_is_found(text: str, name: str):
    (found,) = invisible(text)

    assert (found.name, found.hidden) == (name, None)
    assert has_invisible(text)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"Hello{TAGS}", "obey"),
        (f"🏴{TAGS}{TAGS}", "obeyobey"),
        (f"😊{SELECTORS}", "好的"),
        ("😊\U000e0101\U000e0102", "??"),
    ],
)
def test_a_hidden_text_is_read(text: str, hidden: str):
    (found,) = invisible(text)

    assert found.hidden == hidden


@pytest.mark.parametrize(
    ("text", "n_lines"),
    [
        ("a\u202eb\u202c", 1),
        ("שלום \u2067abc\u2069 עולם", 0),
        ("שלום \u2067abc עולם", 1),
        ("שלום abc\u2069 עולם", 1),
        ("שלום \u202bא\u2066b\u2069\u202c", 0),
        ("שלום \u202bא\u2066b\u202c\u2069", 1),
        ("שלום \u202eabc\u202c עולם", 1),
        ("a\u2066b\u2069\nc\n\u2066d\u2069", 2),
        ("none", 0),
    ],
)
def test_controls_of_direction_are_for_closed_pairs_in_a_line_from_the_right(
    text: str, n_lines: int
):
    found = list(bidi_controls(text))

    assert len(found) == n_lines
    assert all(unicodedata.bidirectional(span.of(text)[0]) for spans in found for span in spans)
    assert has_bidi(text) or not found


def test_a_line_of_very_many_marks_is_read_once():
    text = "a\u200e" * 100_000

    assert sum(1 for _ in invisible(text)) == 100_000
    assert [len(spans) for spans in bidi_controls("a\u202a" * 100_000)] == [100_000]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0
