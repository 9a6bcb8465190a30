import doctest
import random
from pathlib import Path

from tunesmith.data.stream import Row
from tunesmith.lint import blank, rows
from tunesmith.lint.facts import DataFile, DataKey, Facts
from tunesmith.lint.near_rows import NearRows
from tunesmith.lint.row_index import Place, RowIndex, index_of
from tunesmith.metrics import detectable
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import load_prompt
from tunesmith.prompt.text import Span


def file(key: DataKey) -> DataFile:
    path = Path(f"/w/{key}.csv")
    return DataFile(key=key, name=path.name, span=Span(0, 0), path=path, place="present")


def row(line: int, text: str, label: str = "") -> Row:
    return Row(row_id=str(line), line=line, values={"text": text, "label": label})


def index() -> RowIndex:
    return RowIndex(DataKeys(target="label"), ("text",))


def test_texts_are_the_same_as_they_are_for_the_split():
    found = index()
    train, test = file("train"), file("test")

    for line, text in enumerate(("A film.", "a  FILM", "other", "", "!"), start=2):
        found.see(train, row(line, text))
    found.see(test, row(2, "a film"))
    found.see(test, row(3, "!"))

    assert found.n_rows == {"train": 5, "validation": 0, "test": 2}
    assert found.repeats.same["train"].first == [(Place(0, 3), Place(0, 2))]
    assert found.repeats.shared["test", "train"].first == [
        (Place(2, 2), Place(0, 2)),
        (Place(2, 3), Place(0, 6)),
    ]
    assert found.repeats.conflicts.n_rows == 0


def test_a_row_that_several_rules_show_is_counted_once():
    found = index()
    shown = row(2, "a film")

    found.see(file("train"), shown)
    found.see(file("train"), shown)

    assert found.n_rows["train"] == 1
    assert found.repeats.same == {}


def test_only_the_first_examples_are_kept():
    found = index()
    for line in range(2, 1002):
        found.see(file("train"), row(line, "same", str(line % 2)))

    assert found.repeats.same["train"].n_rows == 998
    assert [place.line for place, _ in found.repeats.same["train"].first] == list(range(4, 24))
    assert found.repeats.conflicts.n_rows == 500


def test_rules_share_an_index_as_long_as_the_facts_are_the_same():
    text = "---\ntunesmith.data: {train: a.csv, target: label}\n---\n{{review}} {{label}}"
    loaded = load_prompt(text, Path("/w/a.prompt"), Path("/w"))
    facts, others = Facts(workspace=Path("/w")), Facts(workspace=Path("/w"))

    first = index_of(loaded, facts)

    assert first is not None
    assert first.key == (("review",), "label")
    assert index_of(loaded, facts) is first
    assert index_of(loaded, others) is not first


def edited(text: str, draw: random.Random) -> str:
    """The text with one of its words in another place."""
    words = text.split()
    words.insert(draw.randrange(len(words)), words.pop(draw.randrange(len(words))))
    return " ".join(words)


def test_of_edited_copies_nearly_all_are_found_and_of_other_texts_none():
    draw = random.Random(0)
    words = ["".join(draw.choices("aeioulnrst", k=draw.randint(2, 8))) for _ in range(500)]
    texts = [" ".join(draw.choices(words, k=60)) for _ in range(400)]
    found, near = index(), NearRows()

    for line, text in enumerate(texts, start=2):
        near.see(found, file("train"), row(line, text))
    for line, text in enumerate(texts[:100], start=2):
        near.see(found, file("test"), row(line, edited(text, draw)))

    pairs = near.shared["test", "train"]
    assert pairs.n_rows >= 95
    assert all(one.line == other.line for one, other in pairs.first)
    assert near.same == {}


def test_examples_in_docstrings_hold():
    for module in (blank, rows, detectable):
        assert doctest.testmod(module).failed == 0
        assert doctest.testmod(module).attempted > 0
