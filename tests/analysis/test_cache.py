from pathlib import Path

import pytest

from tunesmith.analysis import check
from tunesmith.analysis.cache import Cache, Kept, folder_stamp
from tunesmith.data.stream import RowStream, open_rows
from tunesmith.lint.selection import Selection
from tunesmith.prompt.files import load_prompt
from tunesmith.wire.finding import Finding

PROMPT = """---
tunesmith.task: classification
tunesmith.data: {train: films.csv, target: label, labels: [p, n]}
---
Review: {{review}}
"""
ROWS = "review,label\n" + "Fine.,p\n" * 20 + "Dull.,n\n" * 20
BY_COLUMN = Selection(only=frozenset({"class-imbalance", "label-unknown", "broken-row"}))


class Worker:
    """One cache, and the files that were opened."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data = folder / "films.csv"
        self.opened: list[str] = []
        self._folder = folder
        self._cache = Cache()
        self.data.write_text(ROWS)
        monkeypatch.setattr(check, "open_rows", self._open)

    def _open(self, path: Path, target: str | None) -> RowStream:
        self.opened.append(path.name)
        return open_rows(path, target)

    def check(self, text: str, selection: Selection = BY_COLUMN) -> list[Finding]:
        loaded = load_prompt(text, self._folder / "films.prompt", self._folder)
        return check.check_data(loaded, self._folder, selection, cache=self._cache)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(tmp_path, monkeypatch)


def test_what_was_found_in_the_same_prompt_and_data_is_not_looked_for_again(worker: Worker):
    worker.data.write_text(ROWS + "Odd.,x\n")

    first = worker.check(PROMPT)
    assert [finding.message for finding in first] == [
        'films.csv: "x" has 1 row, "p" has 20; fewer than 10 may leave none to test on',
        '"x" is none of the labels (1 row); there are p, n',
    ]
    assert worker.check(PROMPT) == first
    assert worker.opened == ["films.csv"]


def test_an_edit_that_changes_nothing_a_scan_depends_on_reads_no_row(worker: Worker):
    worker.data.write_text(ROWS + "Odd.,x\n")
    before = worker.check(PROMPT)

    after = worker.check("\n" + PROMPT.replace("Review:", "Film review:"))

    assert [item.message for item in after] == [item.message for item in before]
    assert [item.start for item in after] == [item.start + 1 for item in before]
    assert worker.opened == ["films.csv"]


def test_an_edit_that_a_scan_depends_on_reads_the_rows_again(worker: Worker):
    assert worker.check(PROMPT) == []

    (finding,) = worker.check(PROMPT.replace("[p, n]", "[p, m]"))

    assert finding.message.startswith('"n" is none of the labels (20 rows)')
    assert worker.opened == ["films.csv", "films.csv"]


def test_data_that_changed_in_place_is_seen(worker: Worker):
    assert worker.check(PROMPT) == []

    worker.data.write_text(ROWS.replace("Dull.,n", "Dull.,m"))

    assert {finding.rule for finding in worker.check(PROMPT)} == {"label-unknown"}


def test_rules_chosen_otherwise_are_another_question(worker: Worker):
    worker.data.write_text(ROWS + "Odd.,x\n")
    worker.check(PROMPT)

    found = worker.check(PROMPT, Selection(only=frozenset({"label-unknown"})))

    assert [finding.rule for finding in found] == ["label-unknown"]


def test_the_oldest_is_forgotten_first():
    kept: Kept[int] = Kept(2)
    kept.keep("a", 1)
    kept.keep("b", 2)
    kept.get("a")

    kept.keep("c", 3)

    assert [kept.get(key) for key in "abc"] == [1, None, 3]


def test_a_model_whose_tokenizer_changed_is_another_model(tmp_path: Path):
    before = folder_stamp(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")

    assert folder_stamp(tmp_path) != before
    assert folder_stamp(tmp_path / "absent") is None
    assert folder_stamp(None) is None
