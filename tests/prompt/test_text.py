"""Offsets, lines and columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.prompt.text import ColumnUnit, LineIndex, Span

# Halves of character pairs are left out: two of them side by side count as one character.
TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab\n\r\u2028\x0c\x85é电😀"), st.characters(exclude_categories=["Cs"])
    )
)


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        ("", 0, (0, 0)),
        ("ab\ncd", 4, (1, 1)),
        ("ab\r\ncd", 4, (1, 0)),
        ("ab\rcd", 3, (1, 0)),
        ("a\u2028b\x0cc", 5, (0, 5)),
        ("😀b", 1, (0, 2)),
        ("ab", 99, (0, 2)),
    ],
)
def test_position(text: str, offset: int, position: tuple[int, int]) -> None:
    assert LineIndex(text).position(offset) == position


@pytest.mark.parametrize(
    ("text", "line", "column", "offset"),
    [
        ("ab\ncd", 1, 1, 4),
        ("abc", 0, 9, 3),
        ("ab\r\ncd", 0, 9, 2),
        ("ab", 7, 0, 2),
        ("ab", -1, 0, 0),
        ("😀b", 0, 1, 0),
        ("😀b", 0, 2, 1),
    ],
)
def test_offset(text: str, line: int, column: int, offset: int) -> None:
    assert LineIndex(text).offset(line, column) == offset


def test_columns_in_other_units() -> None:
    index = LineIndex("é😀x")

    assert index.position(2, "utf-8") == (0, 6)
    assert index.position(2, "utf-16") == (0, 3)
    assert index.position(2, "utf-32") == (0, 2)
    assert index.offset(0, 6, "utf-8") == 2


@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_every_place_comes_back(text: str, unit: ColumnUnit) -> None:
    index = LineIndex(text)

    for offset in range(len(text) + 1):
        inside_line_end = text[offset - 1 : offset + 1] == "\r\n" if offset else False
        if not inside_line_end:
            assert index.offset(*index.position(offset, unit), unit) == offset


def test_line_span_has_no_line_end() -> None:
    assert LineIndex("ab\r\ncd").line_span(0) == Span(0, 2)
