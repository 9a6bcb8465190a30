import doctest
import logging
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.analysis.check import check_data
from tunesmith.lint import near
from tunesmith.lint.facts import gather
from tunesmith.lint.rules import unknown_helper
from tunesmith.lint.run import lint_text
from tunesmith.prompt.files import load_prompt, read_prompt
from tunesmith.wire.finding import Finding

ROOT = Path(__file__).parents[2]
GRAVE = ("error", "warning")


def found_in(text: str, folder: Path) -> list[Finding]:
    loaded = load_prompt(text, folder / "a.prompt", folder)
    return [*lint_text(loaded, gather(loaded, folder)), *check_data(loaded, folder)]


def test_findings_come_in_the_order_of_the_text(tmp_path: Path):
    text = "{{#role 'user'}}{{/role}}{{b x}}\n{{a x}}{{#if x}}"

    found = found_in(text, tmp_path)

    assert [(item.rule, text[item.start : item.end]) for item in found] == [
        ("block-role", "{{#role 'user'}}"),
        ("unknown-helper", "b"),
        ("unknown-helper", "a"),
        ("unclosed-block", "{{#if x}}"),
    ]


def test_a_rule_that_fails_says_so_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> NoReturn:
        raise KeyError("name")

    monkeypatch.setattr(unknown_helper, "check", fail)
    with caplog.at_level(logging.ERROR):
        found = found_in("{{a x}}{{#if x}}", tmp_path)

    assert [(item.rule, item.severity) for item in found] == [
        ("unknown-helper", "information"),
        ("unclosed-block", "error"),
    ]
    assert "could not judge this prompt (KeyError)" in found[0].message
    assert "unknown-helper failed on" in caplog.text


HEADS = ["---", "input: {schema: ", "{review: string}}", "review: ", "- ", "tunesmith.train: {}"]
DATA = ["tunesmith.data: ", "{train: films.csv, target: label}", "columns: [", 'train: "\\0"']
TAGS = ["{{", "}}", "{{#role 'x'}}", "{{/role}}", "{{#each a as |b|}}", "{{else}}", "{{> p}}"]
USES = ["{{review}}", "{{../a.b}}", "{{json this}}", "{{!-- tunesmith: allow x --}}", "{{x y=1}}"]
PIECES = [*HEADS, *DATA, *TAGS, *USES, "\n", "é\r\n", "\ud83d", "'"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(lambda parts: "".join(parts)))
def test_any_text_is_judged_without_a_failure(tmp_path: Path, text: str):
    (tmp_path / "films.csv").write_text("review,label\nFine.,p\n")

    for finding in found_in(text, tmp_path):
        assert "could not judge" not in finding.message
        assert 0 <= finding.start <= finding.end <= len(text)


@pytest.mark.parametrize("path", sorted((ROOT / "prompts").glob("*.prompt")), ids=lambda p: p.name)
def test_our_own_prompts_are_without_fault(path: Path):
    loaded = read_prompt(path, ROOT)

    found = [*lint_text(loaded, gather(loaded, ROOT)), *check_data(loaded, ROOT)]

    assert [item for item in found if item.severity in GRAVE] == []


def test_data_that_can_be_fetched_is_named_with_the_command(tmp_path: Path):
    text = (ROOT / "prompts" / "film-reviews.prompt").read_text(encoding="utf-8")
    (tmp_path / "prompts").mkdir()
    path = tmp_path / "prompts" / "film-reviews.prompt"

    loaded = load_prompt(text, path, tmp_path)
    (finding,) = lint_text(loaded, gather(loaded, tmp_path))

    assert (finding.rule, finding.severity) == ("data-missing", "information")
    assert finding.message.endswith("run: tunesmith data fetch movie-reviews")


def test_examples_in_docstrings_hold():
    assert doctest.testmod(near).failed == 0
    assert doctest.testmod(near).attempted > 0
