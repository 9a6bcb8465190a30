import doctest
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.data import split
from tunesmith.data.split import Splits, deal, normalise, overlap, take
from tunesmith.data.table import Row

SHARES = (0.1, 0.2)


def row(number: int, text: str, label: str) -> Row:
    return Row(row_id=str(number), line=number, values={"text": text, "label": label})


def text_of(item: Row) -> str:
    return item.values["text"]


def label_of(item: Row) -> str:
    return item.values["label"]


def rows_of(labels: str, start: int = 0) -> list[Row]:
    return [row(start + n, f"text number {start + n}", label) for n, label in enumerate(labels)]


def cut(rows: Sequence[Row], shares: tuple[float, float] = SHARES, seed: int = 7) -> Splits:
    return deal(rows, text_of=text_of, label_of=label_of, shares=shares, seed=seed)


def parts_of(splits: Splits) -> dict[str, str]:
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    return {item.row_id: name for name, items in parts.items() for item in items}


def test_every_class_is_cut_by_the_shares():
    splits = cut(rows_of("ab" * 50 + "c" * 20))

    assert Counter(map(label_of, splits.validation)) == {"a": 5, "b": 5, "c": 2}
    assert Counter(map(label_of, splits.test)) == {"a": 10, "b": 10, "c": 4}
    assert Counter(map(label_of, splits.train)) == {"a": 35, "b": 35, "c": 14}


@given(st.text("abc", max_size=60), st.text("abc", max_size=60))
def test_appended_rows_move_nobody(first: str, more: str):
    before = parts_of(cut(rows_of(first)))

    after = parts_of(cut([*rows_of(first), *rows_of(more, start=len(first))]))

    assert before.items() <= after.items()
    assert len(after) == len(first) + len(more)


@given(st.lists(st.tuples(st.sampled_from(["a film", "A  FILM!", "other", "x"]), st.text("pn"))))
def test_equal_texts_are_never_in_two_parts(items: list[tuple[str, str]]):
    rows = [row(number, text, label) for number, (text, label) in enumerate(items)]

    splits = cut(rows)

    texts = [
        {normalise(text_of(item)) for item in part}
        for part in (splits.train, splits.validation, splits.test)
    ]
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2]
    assert not texts[1] & texts[2]
    assert len(parts_of(splits)) == len(rows)


def test_the_seed_decides_and_nothing_else_does():
    rows = rows_of("ab" * 50)

    assert cut(rows) == cut(list(rows))
    assert parts_of(cut(rows, seed=7)) != parts_of(cut(rows, seed=8))
    assert cut(rows, seed=7).split_id != cut(rows, seed=8).split_id


def test_the_split_of_a_known_file_is_pinned():
    """A change here makes every stored score incomparable."""
    splits = cut(rows_of("a" * 20))

    assert [item.row_id for item in splits.validation] == ["6", "13"]
    assert [item.row_id for item in splits.test] == ["8", "9", "17", "19"]


def test_the_split_id_changes_with_a_text_or_a_label():
    rows = rows_of("ab" * 10)
    other_text = [*rows[:-1], row(19, "another text", "b")]

    assert cut(rows).split_id != cut(other_text).split_id


def test_a_share_of_zero_leaves_a_part_empty_and_parts_from_files_can_take_its_place():
    rows, from_file = rows_of("ab" * 50), rows_of("ab", start=500)

    dealt = cut(rows, shares=(0.1, 0.0))
    splits = Splits.of(
        train=dealt.train,
        validation=dealt.validation,
        test=from_file,
        text_of=text_of,
        label_of=label_of,
    )

    assert dealt.test == ()
    assert len(dealt.validation) == 10
    assert splits.test == tuple(from_file)
    assert splits.split_id != dealt.split_id


def test_shares_that_are_no_tenths_are_refused():
    with pytest.raises(ValueError, match="whole tenths"):
        cut(rows_of("ab"), shares=(0.05, 0.2))


@given(st.integers(0, 40))
def test_take_keeps_proportions_and_grows_by_adding(n: int):
    rows = rows_of("aaab" * 10)

    fewer = take(rows, n, label_of=label_of, seed=1)
    more = take(rows, n + 1, label_of=label_of, seed=1)

    assert len(fewer) == n
    assert abs(Counter(map(label_of, fewer))["b"] - n / 4) <= 1
    assert set(map(id, fewer)) <= set(map(id, more))
    assert list(fewer) == sorted(fewer, key=lambda item: item.line)


def test_take_depends_on_the_seed():
    rows = rows_of("ab" * 50)

    assert take(rows, 10, label_of=label_of, seed=1) != take(rows, 10, label_of=label_of, seed=2)


def test_overlap_goes_by_content_not_by_name():
    train = [row(1, "A good film.", "p"), row(2, "Dull", "n")]
    evaluation = [row(9, "a GOOD film", "p"), row(10, "a good song", "p")]

    assert overlap(train, evaluation, text_of) == (evaluation[0],)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A good film.", "a good  film"),
        ("Straße", "STRASSE"),
        ("ＡＢＣ！", "abc"),
        ("好，很好。", "好 很好"),
        ("well-made", "well made"),
    ],
)
def test_texts_that_count_as_equal(one: str, other: str):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("🙂", "🙁"), ("?!", "..."), ("1.5 stars", "15 stars")])
def test_texts_that_count_as_different(one: str, other: str):
    assert normalise(one) != normalise(other)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(split).failed == 0
    assert doctest.testmod(split).attempted > 0
