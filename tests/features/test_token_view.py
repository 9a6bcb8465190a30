from dataclasses import replace

from tunesmith.features.token_view import about_lengths, row_page, token_text
from tunesmith.wire.tokens import DataLengths, Piece, TokenView


def piece(text: str, *, n_tokens: int = 1, is_control: bool = False) -> Piece:
    return Piece(text=text, n_tokens=n_tokens, is_control=is_control)


LENGTHS = DataLengths(n_rows=1200, is_all=True, n_dropped=0, n_cut=0, longest=60, longest_line=31)
VIEW = TokenView(
    model="local/tiny",
    template="chat",
    file="films.csv",
    row=1,
    line=2,
    ids=(1, 10, 11, 12, 13, 14, 20, 2),
    trained=(False,) * 6 + (True,) * 2,
    n_prompt=6,
    end_id=2,
    row_hash="h",
    pieces=(
        piece("<s>", is_control=True),
        piece("A\u200b"),
        piece(" film\n"),
        piece("电", n_tokens=2),
        piece("\t"),
        piece("good"),
        piece("</s>", is_control=True),
    ),
    max_length=64,
    data=LENGTHS,
)
PAGE = """\
Row 1 of films.csv (line 2), for local/tiny (chat): 8 tokens: 6 read, 2 trained

Read, not trained
⟦<s>⟧A<U+200B>│·film⏎
电│→

Trained
good⟦</s>⟧

The last token, 2, ends the turn: it is trained too.

films.csv
None of 1,200 rows is cut or left out: the longest has 60 tokens (line 31), and max_length is 64.
"""
TABLE = """
All tokens
     0  1                  <s>
     1  10                 A<U+200B>
     2  11                 ·film⏎
     3  12 13              电
     5  14                 →
     6  20        trained  good
     7  2         trained  </s>
"""


def test_a_page_shows_every_token_and_what_is_trained():
    assert token_text(VIEW) == PAGE + TABLE


def test_each_kind_of_stretch_can_be_drawn_in_its_own_way():
    looks = dict(row_page(VIEW))

    assert looks["⟦<s>⟧"] == "control"
    assert looks["·film⏎\n"] == "read"
    assert looks["good"] == "trained"
    assert looks["│"] == "edge"


def test_lines_break_between_tokens():
    words = tuple(piece(f" w{number}") for number in range(6))
    view = replace(VIEW, pieces=words, ids=(1,) * 6, trained=(False,) * 6, end_id=None, data=None)

    lines = "".join(text for text, _ in row_page(view, width=12)).splitlines()

    assert lines[3:] == ["·w0│·w1│·w2", "·w3│·w4│·w5"]


def test_rows_over_the_limit_and_the_limit_that_keeps_them():
    lengths = replace(LENGTHS, n_dropped=3, longest=99)

    assert about_lengths(lengths, 64) == (
        "3 of 1,200 rows: longer than max_length (64). None is cut: a run refuses them, or leaves "
        "them out with bad_rows: skip. The longest has 99 tokens (line 31): max_length: 99 keeps "
        "all."
    )


def test_rows_that_were_not_counted():
    lengths = replace(LENGTHS, is_all=False)

    assert about_lengths(lengths, 64).startswith("None of the first 1,200 rows is cut")
