"""Baselines: what is known, what is new, and what is known no longer."""

import json
from collections import Counter

import pytest

from tunesmith.cli.baseline import NOTHING, read_baseline, sift, write_baseline
from tunesmith.cli.errors import CliError
from tunesmith.cli.findings import Checked
from tunesmith.cli.walk import Target
from tunesmith.wire.finding import Finding


def checked(folder, text, *words, name="a.prompt", rule="secret"):
    """A prompt in which `rule` finds each of `words`."""
    found = [
        Finding(rule=rule, severity="error", message="", start=at, end=at + 1)
        for at in (text.index(word) for word in words)
    ]
    target = Target(shown=name, path=folder / name, workspace=folder)
    (folder / name).write_text(text)
    return Checked(target=target, text=text, findings=tuple(found))


def test_a_finding_is_known_by_its_rule_and_line_wherever_that_stands(tmp_path):
    path = tmp_path / "known.json"
    write_baseline(path, [checked(tmp_path, "old\nok", "old")], NOTHING)
    known = read_baseline(path)

    def shown(text, *words, rule="secret"):
        sifted = sift([checked(tmp_path, text, *words, rule=rule)], path, known)
        return [one.line_of(finding) for one in sifted.checked for finding in one.findings]

    assert shown("ok\n  old", "old") == []
    assert shown("old\nnew", "old", "new") == ["new"]
    assert shown("old one", "old") == ["old one"]
    assert shown("old\nok", "old", rule="homoglyph") == ["old"]
    # One was known; the second in the same line is new.
    assert shown("old\nok", "old", "old") == ["old"]


def test_what_is_no_longer_found_is_counted(tmp_path):
    path = tmp_path / "known.json"
    files = [checked(tmp_path, "old", "old", name=name) for name in ("a.prompt", "b.prompt")]
    write_baseline(path, [*files, checked(tmp_path, "x", "x", name="gone.prompt")], NOTHING)
    (tmp_path / "gone.prompt").unlink()

    # b.prompt is still there, and nobody looked at it.
    assert sift([checked(tmp_path, "old", "old")], path, read_baseline(path)).n_stale == 1
    assert sift([checked(tmp_path, "new")], path, read_baseline(path)).n_stale == 2


def test_files_are_named_as_seen_from_the_baseline(tmp_path):
    (tmp_path / "ci").mkdir()
    path = tmp_path / "ci" / "known.json"

    assert write_baseline(path, [checked(tmp_path, "old", "old")], NOTHING) == 1

    entry = {"file": "../a.prompt", "rule": "secret", "count": 1}
    (written,) = json.loads(path.read_text())["findings"]
    assert {**written, "line": None} == {**entry, "line": None}
    assert sum(read_baseline(path).values()) == 1
    assert read_baseline(path) == Counter(read_baseline(path).keys())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2, "findings": []}', "[" * 99999])
def test_what_is_no_baseline_is_one_message(tmp_path, text):
    path = tmp_path / "known.json"
    path.write_text(text)

    with pytest.raises(CliError, match="is no baseline"):
        read_baseline(path)
