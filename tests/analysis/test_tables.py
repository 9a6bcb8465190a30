import os
from pathlib import Path

import pytest

from tunesmith.analysis.tables import TableCache


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "films.csv"
    path.write_text("text\nfine\n")
    return path


def change(path: Path, content: str, at_s: int) -> None:
    path.write_text(content)
    os.utime(path, (at_s, at_s))


def test_an_unchanged_file_is_not_read_again(path: Path):
    tables = TableCache()

    assert tables.read(path) is tables.read(path)


def test_a_touched_file_with_the_same_bytes_is_not_parsed_again(path: Path):
    tables = TableCache()
    first = tables.read(path)
    change(path, "text\nfine\n", at_s=1_000)

    assert tables.read(path) is first


def test_a_changed_file_is_read_anew_even_if_its_size_is_the_same(path: Path):
    tables = TableCache()
    tables.read(path)
    change(path, "text\ndull\n", at_s=1_000)

    assert [row.values["text"] for row in tables.read(path).rows] == ["dull"]


def test_a_file_that_went_away_is_an_error_and_its_return_is_noticed(path: Path):
    tables = TableCache()
    tables.read(path)
    content = path.read_text()
    path.unlink()

    with pytest.raises(FileNotFoundError):
        tables.read(path)
    path.write_text(content)
    assert len(tables.read(path).rows) == 1


def test_only_the_newest_files_are_kept(tmp_path: Path):
    tables = TableCache()
    paths = [tmp_path / f"{number}.csv" for number in range(20)]
    for path in paths:
        path.write_text("text\nfine\n")
    first, last = tables.read(paths[0]), [tables.read(path) for path in paths][-1]

    assert tables.read(paths[-1]) is last
    assert tables.read(paths[0]) is not first
