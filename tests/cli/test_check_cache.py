"""What is kept of a check, and everything that makes it void."""

import os
import time

import pytest

from tunesmith.cli import checking
from tunesmith.cli.checking import check_targets
from tunesmith.cli.findings import Checked, load
from tunesmith.cli.walk import Walk
from tunesmith.lint.selection import RECOMMENDED

DATA = "review,label\n" + "Fine.,p\nDull.,q\n" * 10
TRAINED = """---
tunesmith.task: classification
tunesmith.data: {train: films.csv, target: label}
---
{{> tone}}Review: {{review}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TUNESMITH_CACHE", str(tmp_path / "cache"))
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "tunesmith.toml").touch()
    (workspace / "a.prompt").write_text(TRAINED)
    (workspace / "films.csv").write_text(DATA)
    return workspace


@pytest.fixture
def jobs(monkeypatch):
    """The names of the prompts that were really checked."""
    made = []
    check_job = checking.check_job

    def spy(job):
        made.append(job.target.path.name)
        return check_job(job)

    monkeypatch.setattr(checking, "check_job", spy)
    return made


def check(folder, selection=RECOMMENDED):
    # Files that were changed in the same instant are never kept.
    time.sleep(0.06)
    return [*check_targets([*Walk().targets([folder])], lambda _: selection)]


def test_a_prompt_is_checked_once(folder, jobs):
    first = check(folder)

    assert check(folder) == first
    assert jobs == ["a.prompt"]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.prompt").write_text(TRAINED + " "),
        lambda folder: (folder / "films.csv").write_text(DATA.replace("q", "r")),
        lambda folder: (folder / "films.csv").unlink(),
        lambda folder: (folder / "_tone.prompt").write_text("Be kind. "),
        lambda folder: (folder / "a.short.prompt").write_text(TRAINED),
    ],
    ids=["text", "data", "no data", "partial", "variant"],
)
def test_what_a_check_depends_on_makes_it_void(folder, jobs, change):
    check(folder)

    change(folder)
    check(folder)

    assert jobs.count("a.prompt") == 2


def test_a_change_that_keeps_size_and_time_is_seen(folder, jobs):
    check(folder)
    data = folder / "films.csv"
    before = data.stat()

    data.write_text(DATA.replace("q", "r"))
    os.utime(data, ns=(before.st_atime_ns, before.st_mtime_ns))
    check(folder)

    assert jobs == ["a.prompt", "a.prompt"]


def test_another_choice_of_rules_is_another_check(folder, jobs):
    check(folder)
    check(folder, RECOMMENDED.then(ignore=["secret"]))

    assert jobs == ["a.prompt", "a.prompt"]


def test_a_parent_makes_its_variants_void(folder, jobs):
    (folder / "a.short.prompt").write_text("{{review}}")
    check(folder)

    (folder / "a.prompt").write_text(TRAINED.replace("label}", "labl}"))
    check(folder)

    assert jobs.count("a.short.prompt") == 2


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff\xfe", b"{}\n{}"])
def test_a_damaged_cache_is_as_none(folder, jobs, damage, tmp_path):
    first = check(folder)
    (file,) = (tmp_path / "cache" / "checks").iterdir()

    file.write_bytes(damage or file.read_bytes()[:-20])

    assert check(folder) == first
    assert check(folder) == first
    assert jobs == ["a.prompt", "a.prompt"]


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(folder, jobs, tmp_path):
    (tmp_path / "cache").write_text("a file, where a folder belongs")

    assert check(folder) == check(folder)
    assert jobs == ["a.prompt", "a.prompt"]


def test_a_prompt_that_breaks_a_check_does_not_stop_the_others(folder, monkeypatch):
    (folder / "b.prompt").write_text("Hi")

    def fail(text, target):
        if target.path.name == "a.prompt":
            raise RecursionError("too deep")
        return load(text, target)

    monkeypatch.setattr(checking, "load", fail)

    problem, checked = check(folder)

    assert str(problem) == f"{folder / 'a.prompt'}: cannot be checked (RecursionError: too deep)"
    assert isinstance(checked, Checked)
    assert checked.text == "Hi"
