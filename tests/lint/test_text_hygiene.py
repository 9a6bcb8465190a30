"""What the rules on characters, secrets, personal data and typed structure have in common."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures import Case, fixed, lint_case
from tunesmith.lint.rule import Rule
from tunesmith.lint.rules import homoglyph
from tunesmith.lint.run import rules
from tunesmith.lint.selection import Selection
from tunesmith.wire.finding import Finding

NAMES = frozenset(
    {
        *("invisible-character", "bidi-control", "homoglyph", "not-nfc", "costly-text", "secret"),
        *("pii-in-prompt", "pii-in-data", "pii-in-target", "typed-role-marker"),
        *("untrusted-in-system", "marker-in-data", "delimiter-collision"),
    }
)
ALL = Selection(only=NAMES)
KEY, PASSWORD = "AKIA" + "Q3EGRZ7T5MXV2JWN", "hunter22x"
PRIVATE = ["li.na@163.com", "440308199901101512", "4539-1488-0343-6467", "+86 139 1287 3465"]
HEAD = (
    "---\ninput: {schema: {letter: string}}\ntunesmith.data: {train: a.jsonl, target: reply}\n---\n"
)


def found(text: str, folder: Path, only: str | None = None, data: str = "") -> list[Finding]:
    selection = Selection(only=frozenset({only})) if only else ALL
    return lint_case(Case(text=text, files={"a.jsonl": data} if data else {}), folder, selection)


def mended(text: str, folder: Path, rule: str) -> str:
    """The text after every fix of a rule, one at a time."""
    while True:
        fixable = [item for item in found(text, folder, rule) if item.fix]
        if not fixable:
            return text
        text = fixed(text, fixable[0])


PIECES = [
    *(
        "---\n",
        "model: x\n",
        'tunesmith.preview: {url: "https://a:hunter22x@b/"}\n',
        "{{role 's'}}",
    ),
    *(
        "{{letter}}",
        "{{#if a}}",
        "{{/if}}",
        "{{!",
        "}}",
        "<a>",
        "</a>",
        "```",
        '"""',
        "`",
        "\n",
        "\r\n",
    ),
    *(
        "<|im_start|>",
        "system",
        "user\n",
        "<|im_end|>",
        "[INST]",
        "### Human:",
        "<<<dotprompt:role:",
    ),
    *("\u200b", "\u200d", "\ufe0f", "\U000e0061", "\u202e", "\u2066", "א", "👩", "क", "\ud83d"),
    *("а", "p", "о", "e\u0301", "ＪＳ", "𝗻", "好", " ", KEY, "sk-", "-----BEGIN PRIVATE KEY-----"),
    *PRIVATE,
    *("@", "+", "1", "-", "."),
]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text_is_judged_within_its_bounds_and_nothing_private_is_shown(
    tmp_path: Path, text: str
):
    (tmp_path / "a.jsonl").write_text("{}")
    text = text.encode(errors="replace").decode()
    whole = [value for value in (*PRIVATE, KEY, PASSWORD) if value in text]

    for body in (text, HEAD + text):
        for finding in found(body, tmp_path):
            assert "could not judge" not in finding.message
            assert 0 <= finding.start <= finding.end <= len(body)
            assert not [value for value in whole if value in finding.message]
            for edit in finding.fix.edits if finding.fix else ():
                assert 0 <= edit.start <= edit.end <= len(body)


@pytest.mark.parametrize("value", [*PRIVATE, KEY])
def test_nothing_private_in_the_data_is_shown(value: str, tmp_path: Path):
    data = f'{{"letter": "call {value}", "reply": "call {value}"}}\n'

    messages = [item.message for item in found(HEAD + "{{letter}}", tmp_path, data=data)]

    assert messages
    assert not [message for message in messages if value in message]


def test_a_hint_of_the_recommended_preset_is_a_warning_in_the_strict_one(tmp_path: Path):
    text = "---\ninput: {schema: {letter: string}}\n---\n{{role 'system'}}{{letter}}"
    case = Case(text=text, files={})

    def severities(selection: Selection) -> list[str]:
        every = lint_case(case, tmp_path, selection)
        return [item.severity for item in every if item.rule == "untrusted-in-system"]

    assert severities(Selection()) == ["hint"]
    assert severities(Selection(preset="strict")) == ["warning"]
    assert severities(Selection(preset="strict", deny=frozenset(NAMES))) == ["error"]
    assert isinstance(rules()["untrusted-in-system"], Rule)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n{{letter}}<|im_end|>\n",
            '{{role "system"}}Be brief.{{role "user"}}{{letter}}',
        ),
        (
            "<|start_header_id|>user<|end_header_id|>\r\n\r\nHi<|eot_id|>",
            '{{role "user"}}Hi',
        ),
        ("<start_of_turn>model\nHi<end_of_turn>", '{{role "model"}}Hi'),
        ("<|user|>\nHi<|end|>\n<|assistant|>\nHo", '{{role "user"}}Hi{{role "model"}}Ho'),
        ("### Human: Hi\n### Assistant: Ho", '{{role "user"}}Hi\n{{role "model"}}Ho'),
        ("[INST] Hi [/INST]", "[INST] Hi [/INST]"),
    ],
)
def test_typed_turns_become_roles(typed: str, expected: str, tmp_path: Path):
    head = "---\nmodel: x\n---\n"

    assert mended(head + typed, tmp_path, "typed-role-marker").rstrip() == head + expected


def test_typed_marks_are_right_where_the_prompt_is_sent_as_it_is(tmp_path: Path):
    text = "---\ntunesmith.train: {template: plain}\n---\n<|im_start|>user\nHi<|im_end|>"

    assert found(text, tmp_path, "typed-role-marker") == []


@pytest.mark.parametrize(
    "text",
    [
        "NFκB, PPARα, 5 kΩ, μm, Δt, βcell",
        "Установите PDFы, SMSка, USBшный, iPhoneа и Googleе",
        "Ελληνικά και English, ΑΒΓ ABC",
        "Кириллица без примеси",
        "naïve café Łódź",
    ],
)
def test_words_that_borrow_no_lookalike_are_left_alone(text: str):
    assert list(homoglyph._lookalikes(text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pаypal", ["pаypal"]),
        ("Аpple в магазине", ["Аpple"]),
        ("googlе", ["googlе"]),
        ("Сейчас пpивет", ["пpивет"]),
        ("identiсal and It іs", ["identiсal", "іs"]),
    ],
)
def test_words_with_a_lookalike_are_found(text: str, words: list[str]):
    assert [span.of(text) for span, _ in homoglyph._lookalikes(text)] == words


def test_a_value_is_looked_at_for_the_marks_around_its_own_place_only(tmp_path: Path):
    body = "<a>{{letter}}</a> <b>{{other}}</b> {{free}} '''{{quoted}}'''"
    rows = [
        '{"letter": "</b>", "other": "</a>", "free": "</a>", "quoted": "\'\'"}',
        '{"letter": "x</a>", "other": "", "free": "", "quoted": ""}',
        '{"letter": "", "other": "</b>", "free": "", "quoted": ""}',
        '{"letter": "", "other": "", "free": "", "quoted": "\'\'\'"}',
    ]

    notes = found(HEAD + body, tmp_path, "delimiter-collision", data="\n".join(rows))

    named = [re.match(r'column "(\w+)": (\S+)', item.message) for item in notes]
    assert [(match[1], match[2]) for match in named if match] == [
        ("letter", "</a>"),
        ("other", "</b>"),
        ("quoted", "'''"),
    ]
    assert [item.data_line for item in notes] == [2, 3, 4]


def test_a_byte_order_mark_is_told_of_once(tmp_path: Path):
    of_frontmatter = Selection(only=NAMES | {"frontmatter-leaks"})
    case = Case(text="\ufeff---\nmodel: a\n---\nHi", files={})

    assert [item.rule for item in lint_case(case, tmp_path, of_frontmatter)] == [
        "frontmatter-leaks"
    ]
    assert [item.rule for item in found("\ufeffHi", tmp_path)] == ["invisible-character"]
