from pathlib import Path

from tunesmith.data.table import Row
from tunesmith.lint.facts import DataFile
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.prompt.text import Span

FILE = DataFile(key="train", name="a.csv", span=Span(0, 1), path=Path("a.csv"), place="present")


def row(line: int, **values: str) -> Row:
    return Row(row_id=str(line), line=line, values=values)


def find(_column: str, value: str) -> Hit | None:
    if "worse" in value:
        return Hit(message="worse", severity="error")
    return Hit(message="bad") if "bad" in value else None


def messages(search: RowSearch, *rows: Row) -> list[tuple[int | None, str | None, str]]:
    for item in rows:
        search.row(FILE, item)
    return [(note.line, note.severity, note.message) for note in search.notes()]


def test_each_row_is_named_once_with_the_gravest_that_it_holds():
    search = RowSearch(lambda text: "a" in text or "w" in text, find)

    found = messages(
        search, row(2, a="fine", b="bad", c="bad"), row(3, a="bad", b="worse"), row(4, a="good")
    )

    assert found == [(2, None, 'column "b": bad'), (3, "error", 'column "b": worse')]


def test_only_the_columns_asked_for_are_looked_at():
    search = RowSearch(lambda text: "bad" in text, find, frozenset({"b", "absent"}))

    assert messages(search, row(2, a="bad", b="fine"), row(3, a="", b="bad")) == [
        (3, None, 'column "b": bad')
    ]


def test_of_many_rows_the_first_twenty_are_named_and_the_others_counted():
    search = RowSearch(lambda text: text, find)
    rows = [row(line, a="bad") for line in range(2, 1024)]

    found = messages(search, *rows, row(9000, a="worse"))

    assert [line for line, _, _ in found] == [*range(2, 22), 9000]
    assert found[19] == (21, None, 'column "a": bad (and 1,002 more rows)')
    assert found[20] == (9000, "error", 'column "a": worse')
