"""Every rule shows in a fixture, and does what its docstring says."""

import re
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

from fixtures import Case, drawn, fixed, lint_case, read_case
from tunesmith.lint.run import rules
from tunesmith.lint.selection import Selection

RULES = Path(__file__).parents[1] / "rules"
FIXTURES = sorted(RULES.glob("*.prompt"))
EVERY_RULE = pytest.mark.parametrize("name", rules())
EVERY_FIXTURE = pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)


def only(name: str) -> Selection:
    return Selection(only=frozenset({name}))


def grave(case: Case, folder: Path) -> set[str]:
    """The rules of the recommended preset that find something serious."""
    found = lint_case(case, folder)
    return {item.rule for item in found if item.severity in ("error", "warning")}


def examples(name: str) -> tuple[str, str]:
    """The `Bad:` and `Good:` blocks of a rule's docstring."""
    module = import_module(f"tunesmith.lint.rules.{name.replace('-', '_')}")
    match = re.search(r"^Bad:\n(.*)^Good:\n(.*)\Z", module.__doc__ or "", re.MULTILINE | re.DOTALL)
    assert match, "the docstring has no Bad: and Good: blocks"
    return dedent(match[1]), dedent(match[2])


def test_there_is_one_fixture_for_each_rule():
    assert [path.stem.replace("_", "-") for path in FIXTURES] == list(rules())


@EVERY_FIXTURE
def test_a_fixture_shows_what_is_found(path: Path, tmp_path: Path, pytestconfig: pytest.Config):
    case = read_case(path.read_text(encoding="utf-8"))
    found = lint_case(case, tmp_path, only(path.stem.replace("_", "-")))
    if pytestconfig.getoption("--update-fixtures"):
        path.write_text(drawn(case, found), encoding="utf-8")

    assert found
    assert drawn(case, found) == path.read_text(encoding="utf-8")


@EVERY_FIXTURE
def test_a_fix_mends_its_finding_and_breaks_nothing(path: Path, tmp_path: Path):
    name = path.stem.replace("_", "-")
    case = read_case(path.read_text(encoding="utf-8"))
    before = lint_case(case, tmp_path, only(name))
    known = grave(case, tmp_path)

    for finding in before:
        if finding.fix:
            mended = Case(text=fixed(case.text, finding), files=case.files)
            after = lint_case(mended, tmp_path, only(name))
            assert len(after) < len(before), finding
            assert grave(mended, tmp_path) <= {*known, name}, finding


@EVERY_RULE
def test_the_bad_example_is_found_and_the_good_one_is_not(name: str, tmp_path: Path):
    bad, good = map(read_case, examples(name))

    found = lint_case(bad, tmp_path / "bad", only(name))
    assert {(finding.rule, finding.severity) for finding in found} == {
        (name, rules()[name].severity)
    }
    assert lint_case(good, tmp_path / "good", only(name)) == []
    assert grave(good, tmp_path / "good") == set()
