import re
import subprocess
import sys

import pytest

from cli.workspaces import tunesmith
from tunesmith.lint.run import rules


def test_a_rule_is_explained(tmp_path):
    done = tunesmith("explain", "block-role", cwd=tmp_path)

    assert done.returncode == 0
    assert (
        done.stdout
        == """block-role: error, from text, preset recommended

A role written as a block.

`role` is a marker, not a block: everything between the tags renders to nothing, in every
runtime, without an error.

Bad:
    {{#role "system"}}You are brief.{{/role}}

Good:
    {{role "system"}}You are brief.
"""
    )


def test_all_rules_are_listed(tmp_path):
    done = tunesmith("explain", cwd=tmp_path)

    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(rules())
    (line,) = [line for line in lines if line.startswith("block-role ")]
    assert re.split("  +", line) == [
        "block-role",
        "error",
        "recommended",
        "A role written as a block.",
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("block-rule", '; did you mean "block-role"?'),
        ("zzz", "; `tunesmith explain` lists them all"),
    ],
)
def test_an_unknown_rule_ends_with_2(name, hint, tmp_path):
    done = tunesmith("explain", name, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'tunesmith: no rule is called "{name}"{hint}\n'


def test_without_docstrings_it_says_so(tmp_path):
    command = [sys.executable, "-OO", "-m", "tunesmith", "explain"]

    one = subprocess.run([*command, "block-role"], cwd=tmp_path, capture_output=True, text=True)
    table = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert (one.returncode, one.stdout) == (2, "")
    assert "-OO" in one.stderr
    assert (table.returncode, len(table.stdout.splitlines())) == (0, len(rules()))
