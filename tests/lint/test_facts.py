from pathlib import Path

import pytest

from tunesmith.lint.facts import DataFile, blame, gather
from tunesmith.prompt.files import load_prompt
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import Span


def looked_at(name: str, root: Path) -> DataFile:
    text = f"---\ntunesmith.data:\n  train: {name}\n---\n{{{{review}}}}"
    facts = gather(load_prompt(text, root / "prompts" / "a.prompt", root), root)
    (file,) = facts.data
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with one prompt folder and one table, and a table beside the workspace."""
    root = tmp_path / "workspace"
    (root / "prompts").mkdir(parents=True)
    (root / "films.csv").write_text("text\nfine\n")
    (tmp_path / "secret.csv").write_text("text\nhidden\n")
    return root


def test_a_file_is_looked_at_and_not_read(root: Path):
    file = looked_at("../films.csv", root)

    assert (file.place, file.columns) == ("present", None)


def test_an_absent_file_is_compared_with_its_neighbours(root: Path):
    file = looked_at("../fims.csv", root)

    assert (file.place, file.near) == ("absent", "films.csv")


def test_nothing_outside_the_workspace_is_read(root: Path):
    (root / "link.csv").symlink_to(root.parent / "secret.csv")

    for name in ("../../secret.csv", str(root.parent / "secret.csv"), "../link.csv"):
        file = looked_at(name, root)
        assert file.place == "outside"


def test_a_workspace_may_itself_be_reached_by_a_link(root: Path):
    link = root.parent / "link"
    link.symlink_to(root)

    assert looked_at("../films.csv", link).place == "present"


@pytest.mark.parametrize("name", ['"a\\0b.csv"', "a" * 5000 + ".csv", "/", ".", "loop.csv"])
def test_a_name_that_no_file_can_have_is_absent_or_outside(root: Path, name: str):
    (root / "prompts" / "loop.csv").symlink_to("loop.csv")

    assert looked_at(name, root).place in ("absent", "outside")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("tunesmith.data", "train"), "films.csv"),
        (("tunesmith.data", "columns", "review"), "text"),
        (("tunesmith.data", "columns"), "columns"),
        (("tunesmith.data", "target"), "tunesmith.data"),
        (("tunesmith.train", "lr"), "---"),
    ],
)
def test_what_is_blamed_is_the_value_or_the_nearest_key(keys: tuple[str, ...], expected: str):
    text = "---\r\ntunesmith.data: {train: films.csv, columns: {review: text}}\r\n---\r\n"

    assert blame(parse(text), *keys).of(text) == expected


def test_without_frontmatter_the_first_line_is_blamed():
    assert blame(parse("Hello\nthere"), "tunesmith.data") == Span(0, 5)
    assert blame(parse(""), "tunesmith.data") == Span(0, 0)
