"""What benchmarks do with their figures: a page, a drawing, results that are kept."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Benchmarks are no part of the package; they are found from the top of the project."""
    monkeypatch.syspath_prepend(str(ROOT))
    return lambda name: import_module(f"benchmarks.{name}")


def cells(page: ModuleType) -> list:
    return [
        page.Cell(prefix=prefix, own=own, factor=factor, speedup=speedup)
        for prefix, own, factor, speedup in [
            (64, 16, 3.33, 3.04),
            (64, 512, 1.11, 1.06),
            (1024, 16, 7.22, 6.96),
            (1024, 512, 1.5, 1.46),
        ]
    ]


def test_the_table_has_a_row_for_each_prefix(load):
    page = load("_prefix_page")

    lines = page.table(cells(page)).splitlines()

    assert lines == [
        "| tokens shared | 16 of a row's own | 512 of a row's own |",
        "|---|---|---|",
        "| 64 | 3.0 (3.3) | 1.1 (1.1) |",
        "| 1024 | 7.0 (7.2) | 1.5 (1.5) |",
    ]


def test_the_drawing_has_two_curves_for_each_length_and_a_dot_for_each_cell(load):
    page = load("_prefix_page")

    drawing = ElementTree.fromstring(page.draw(cells(page), n_rows=8))

    kinds = [part.tag.rpartition("}")[2] for part in drawing]
    assert (kinds.count("polyline"), kinds.count("circle")) == (4, 4)


def test_the_page_has_a_place_for_the_figures(load):
    page = load("_prefix_page")

    text = page.PAGE.read_text("utf-8")

    assert text.index(page._BEGIN) < text.index(page._END)
    assert page.PICTURE.relative_to(ROOT / "docs").as_posix() in text


def test_a_result_is_made_again_only_where_it_follows_from_something_else(load, tmp_path):
    kept = load("_versus_cache").kept
    made: list[str] = []

    def make() -> dict[str, float]:
        made.append("once more")
        return {"accuracy": 0.9}

    for depends_on in (["seed", 0], ["seed", 0], ["seed", 1]):
        assert kept(tmp_path, "ours", depends_on, make) == {"accuracy": 0.9}

    assert len(made) == 2
