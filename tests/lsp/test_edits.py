import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from tunesmith.lsp.edits import apply_changes

# All that str.splitlines splits at and editors do not, beside what both split at; and characters
# of one to four bytes in UTF-8 and one to two units in UTF-16.
ALPHABET = "ab\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029é中😀"
TEXT = st.text(ALPHABET, max_size=30)
PLACE = st.tuples(st.integers(0, 8), st.integers(0, 12))


def change(start, end, text):
    return types.TextDocumentContentChangePartial(
        range=types.Range(types.Position(*start), types.Position(*end)), text=text
    )


def offset_by_the_book(text: str, line: int, column: int, unit: str) -> int:
    """The protocol's rules, read character by character."""
    offset = 0
    while line > 0 and offset < len(text):
        if text.startswith("\r\n", offset):
            offset += 2
            line -= 1
        elif text[offset] in "\r\n":
            offset += 1
            line -= 1
        else:
            offset += 1
    if line > 0:
        return len(text)
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[unit]
    while offset < len(text) and text[offset] not in "\r\n":
        column -= len(text[offset].encode(unit if unit == "utf-8" else f"{unit}-le")) // width
        if column < 0:
            break
        offset += 1
    return offset


@given(
    TEXT,
    st.lists(st.tuples(PLACE, PLACE, TEXT), max_size=4),
    st.sampled_from(["utf-8", "utf-16", "utf-32"]),
)
def test_edits_land_where_the_protocol_says(text, edits, unit):
    expected = text
    for start, end, new in edits:
        first, last = sorted(
            offset_by_the_book(expected, place[0], place[1], unit) for place in (start, end)
        )
        expected = expected[:first] + new + expected[last:]

    assert apply_changes(text, [change(*edit) for edit in edits], unit) == expected


@pytest.mark.parametrize("char", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
def test_a_line_does_not_end_where_python_thinks(char):
    text = f"a{char}b\nc"

    assert apply_changes(text, [change((1, 0), (1, 0), "X")], "utf-16") == f"a{char}b\nXc"


def test_a_column_behind_the_end_of_the_last_line_is_its_end():
    assert apply_changes("abc", [change((0, 9), (0, 9), "Z")], "utf-16") == "abcZ"


def test_a_whole_text_replaces_what_was_there():
    whole = types.TextDocumentContentChangeWholeDocument(text="new")

    assert apply_changes("old", [whole, change((0, 3), (0, 3), "!")], "utf-16") == "new!"
