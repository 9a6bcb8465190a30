"""What settings files say about rules, and what they say wrong."""

from pathlib import Path

import pytest

from tunesmith.lint.run import rules
from tunesmith.lint.selection import RECOMMENDED, Selection
from tunesmith.lint.settings import lint_settings
from tunesmith.settings import find_workspace
from tunesmith.wire.finding import Finding


def problems(folder: Path) -> list[str]:
    found = lint_settings(folder).problems
    return [f"{item.path.name}:{item.line}: {item.message}" for item in found]


def test_both_places_say_the_same(tmp_path: Path):
    own, project = tmp_path / "own", tmp_path / "project"
    lines = 'preset = "strict"\nselect = ["filler"]\nignore = ["secret"]\nbaseline = "known.json"\n'
    for folder in (own, project):
        folder.mkdir()
    (own / "tunesmith.toml").write_text(f"[lint]\n{lines}")
    (project / "pyproject.toml").write_text(f"[tool.tunesmith.lint]\n{lines}")

    for folder in (own, project):
        found = lint_settings(folder)
        assert found.selection == Selection(
            preset="strict", select=frozenset({"filler"}), ignore=frozenset({"secret"})
        )
        assert found.baseline == folder / "known.json"
        assert found.problems == ()
        assert find_workspace(folder / "a" / "b.prompt") == folder


def test_without_files_all_is_as_recommended(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nlint = 3\n")

    assert lint_settings(tmp_path).selection == RECOMMENDED
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[lint", "tunesmith.toml:1: cannot be read: "),
        ("[lnt]\n", 'tunesmith.toml:1: unknown key "lnt"; did you mean "lint"?'),
        ("lint = 3", "tunesmith.toml:1: lint must be a table, such as [lint]"),
        ("[lint]\nselct = []", 'tunesmith.toml:2: unknown key "selct" in lint; did you mean'),
        ("[lint]\n\nselect = 'secret'", "tunesmith.toml:3: select must be a list of rules"),
        ("[lint]\nignore = ['secrt']", '"secrt" is no rule; did you mean "secret"?'),
        ("[lint]\nignore = ['secret']\nselect=['secret']", '"secret" is both selected and ignored'),
        ("[lint]\npreset = 'all'", "preset must be one of recommended, strict"),
        ("[lint]\npreset = ['all']", "preset must be one of recommended, strict"),
        ("[lint]\nbaseline = '../known.json'", "baseline must name a file inside the workspace"),
        ("[engine]\npython = '/bin/sh'", 'unknown key "engine"'),
    ],
)
def test_what_cannot_be_followed_is_said_with_its_line(tmp_path: Path, text: str, says: str):
    (tmp_path / "tunesmith.toml").write_text(text)

    (problem,) = problems(tmp_path)

    assert says in problem
    assert lint_settings(tmp_path).selection.ignore <= {"secret"}


def test_a_broken_project_file_is_our_business_only_with_our_table(tmp_path: Path):
    file = tmp_path / "pyproject.toml"

    file.write_text("[tool.tunesmith.lint]\nignore = [\n")
    assert len(problems(tmp_path)) == 1
    assert find_workspace(tmp_path / "a" / "b.prompt") == tmp_path

    file.write_text("tunesmith [\n")
    assert problems(tmp_path) == []
    assert find_workspace(tmp_path / "a" / "b.prompt") == tmp_path / "a"


def test_files_are_read_anew_when_they_change(tmp_path: Path):
    file = tmp_path / "tunesmith.toml"
    file.write_text('[lint]\nignore = ["secret"]\n')
    assert lint_settings(tmp_path).selection.ignore == {"secret"}

    file.write_text('[lint]\nignore = ["not-nfc"]\n')
    assert lint_settings(tmp_path).selection.ignore == {"not-nfc"}

    file.unlink()
    assert lint_settings(tmp_path).selection == RECOMMENDED


def test_the_file_of_googles_linter_is_honoured_below_our_own(tmp_path: Path):
    (tmp_path / "promptly.toml").write_text(
        '[lint]\nallow = ["unused-variable", "unverified-partial"]\n'
        'deny = ["undefined-variable"]\nwarnings-as-errors = true\n'
    )

    found = lint_settings(tmp_path)
    warning = Finding(rule="undefined-variable", severity="warning", message="", start=0, end=0)
    assert found.selection.ignore == {"unused-variable"}
    assert found.selection.judged(warning, rules()["undefined-variable"]).severity == "error"
    (note,) = found.problems
    assert (note.line, note.severity) == (2, "information")

    (tmp_path / "tunesmith.toml").write_text(
        '[lint]\nselect = ["unused-variable"]\nignore = ["undefined-variable"]\n'
    )
    ours = lint_settings(tmp_path).selection
    assert (ours.ignore, ours.deny) == ({"undefined-variable"}, frozenset())
