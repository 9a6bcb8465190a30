"""Repairs, and comments that allow what a rule says."""

import pytest
from lsprotocol import types

from tunesmith.features.allow import allow_edit
from tunesmith.features.code_actions import Document, code_actions, fix_all
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import LineIndex, Span
from tunesmith.wire.finding import Edit, Finding, Fix


def document(text: str) -> Document:
    return Document(
        uri="file:///p", version=3, prompt=parse(text), lines=LineIndex(text), unit="utf-16"
    )


def finding(start: int, end: int, fix: Fix | None = None) -> Finding:
    return Finding(rule="some-rule", severity="warning", message="m", start=start, end=end, fix=fix)


def fix(*edits: tuple[int, int, str], safe: bool = True) -> Fix:
    done = tuple(Edit(start=start, end=end, text=text) for start, end, text in edits)
    return Fix(title="Mend", edits=done, safe=safe)


def changes(action: types.CodeAction | None) -> list[tuple[int, int, str]]:
    """Edits on the first line."""
    assert action and action.edit and action.edit.document_changes
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document == types.OptionalVersionedTextDocumentIdentifier("file:///p", 3)
    return [
        (edit.range.start.character, edit.range.end.character, edit.new_text)
        for edit in change.edits
        if isinstance(edit, types.TextEdit)
    ]


def test_a_fix_is_offered_where_its_finding_is():
    found = finding(5, 10, fix((5, 10, "review"), safe=False))
    text = document("é😀 {{reviw}}")

    mend, allow = code_actions([found], Span(7, 7), text)

    assert (mend.title, mend.is_preferred, changes(mend)) == ("Mend", False, [(6, 11, "review")])
    assert allow.title == "Allow some-rule on this line"
    assert changes(allow) == [(0, 0, "{{!-- tunesmith: allow some-rule --}}\n")]
    assert code_actions([found], Span(0, 2), text) == []


def test_a_rule_is_allowed_once_for_a_line():
    actions = code_actions([finding(0, 1), finding(1, 2)], Span(0, 2), document("ab"))

    assert [action.title for action in actions] == ["Allow some-rule on this line"]


def test_all_safe_fixes_are_done_at_once_unless_they_touch():
    found = [
        finding(0, 1, fix((0, 1, "A"), (5, 6, "F"))),
        finding(1, 2, fix((1, 2, "touches the first"))),
        finding(3, 4, fix((3, 4, "unsafe"), safe=False)),
        finding(3, 4, fix((3, 4, "D"))),
    ]

    action = fix_all(found, document("abcdef"))

    assert action and action.kind == "source.fixAll.tunesmith"
    assert changes(action) == [(0, 1, "A"), (5, 6, "F"), (3, 4, "D")]
    assert fix_all(found[2:3], document("abcdef")) is None


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("Hi\n  {{x}}", "{{x}}", "Hi\n  {{!-- tunesmith: allow some-rule --}}\n  {{x}}"),
        (
            "---\r\na:\r\n  b: 1\r\n---\r\nHi",
            "b: 1",
            "---\r\na:\r\n  # tunesmith: allow some-rule\r\n  b: 1\r\n---\r\nHi",
        ),
        ("---\na: 1\n---\nHi", "---", "# tunesmith: allow some-rule\n---\na: 1\n---\nHi"),
        ("---\na: |\n  text\n---\nHi", "text", None),
        ("{{#if\n a}}b{{/if}}", " a", None),
        ("{{{{raw}}}}\nx\n{{{{/raw}}}}", "x", None),
    ],
)
def test_the_comment_stands_where_it_changes_nothing(text: str, word: str, expected: str | None):
    start = text.index(word)

    edit = allow_edit(parse(text), finding(start, start + len(word)))

    assert (edit and text[: edit.start] + edit.text + text[edit.end :]) == expected
