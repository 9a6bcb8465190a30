import io
import subprocess
import sys
from pathlib import Path

import pytest

from tunesmith.analysis.__main__ import serve
from tunesmith.wire.analysis import STOP, Analyse, Analysed
from tunesmith.wire.codec import dumps, loads
from tunesmith.wire.finding import Finding

PROMPT = """---
tunesmith.task: generation
tunesmith.data: {train: films.csv, target: label}
---
Review: {{review}} ({{year}})
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "films.csv").write_text("review,label\nFine.,p\nDull.,n,\n", encoding="utf-8")
    return tmp_path


def request(workspace: Path, id: int = 1, text: str = PROMPT) -> Analyse:
    path = str(workspace / "films.prompt")
    return Analyse(id=id, path=path, workspace=str(workspace), text=text)


def asked(*lines: str) -> list[Analysed]:
    answers = io.BytesIO()
    serve([line.encode() + b"\n" for line in lines], answers)
    return said(answers)


def said(answers: io.BytesIO) -> list[Analysed]:
    """The answers, without the words that only say there is still work."""
    lines = answers.getvalue().decode().splitlines()
    return [answer for line in lines if (answer := loads(Analysed, line)).state != "working"]


def errors(answer: Analysed) -> list[Finding]:
    return [finding for finding in answer.findings if finding.severity == "error"]


def test_findings_point_into_the_prompt_and_into_the_data(workspace: Path):
    (answer,) = asked(dumps(request(workspace)))

    broken, missing = errors(answer)
    assert (broken.rule, PROMPT[broken.start : broken.end]) == ("broken-row", "films.csv")
    assert (broken.data_path, broken.data_line) == (str(workspace / "films.csv"), 3)
    assert (missing.rule, PROMPT[missing.start : missing.end]) == ("data-column-missing", "year")
    assert missing.data_path is None


def test_the_data_is_seen_as_it_is_now(workspace: Path):
    answers = io.BytesIO()

    def lines():
        yield dumps(request(workspace, id=1)).encode()
        (workspace / "films.csv").write_text("review,year,label\nFine.,1999,p\n")
        yield dumps(request(workspace, id=2)).encode()

    serve(lines(), answers)

    first, second = said(answers)
    assert [finding.rule for finding in errors(first)] == ["broken-row", "data-column-missing"]
    assert (second.id, errors(second)) == (2, [])


def test_a_line_that_is_no_request_is_passed_over(workspace: Path):
    answers = asked("{", "[" * 100_000, '{"id": 1}', dumps(request(workspace, id=5)))

    assert [answer.id for answer in answers] == [5]


def test_the_rules_are_those_that_the_workspace_chose(workspace: Path):
    (workspace / "tunesmith.toml").write_text('[lint]\nignore = ["broken-row"]\n')

    (answer,) = asked(dumps(request(workspace)))

    assert [finding.rule for finding in errors(answer)] == ["data-column-missing"]


@pytest.mark.parametrize("text", ["", "---\n- {{", "\ud83d{{#if", "---\ntunesmith.data: 3\n---\n"])
def test_a_broken_prompt_is_answered(workspace: Path, text: str):
    (answer,) = asked(
        dumps(request(workspace, text=text)).encode(errors="backslashreplace").decode()
    )

    assert answer.findings == ()


def test_the_process_answers_and_ends_with_its_input(workspace: Path):
    done = subprocess.run(
        [sys.executable, "-m", "tunesmith.analysis"],
        input=f"nonsense\n{dumps(request(workspace))}\n",
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0
    assert len(errors(loads(Analysed, done.stdout.splitlines()[-1]))) == 2
    assert "a request was not understood" in done.stderr


LARGE = "review,label\n" + "a film that goes on,p\n" * 300_000


def test_a_long_scan_says_that_it_works_and_stops_when_it_is_taken_back(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunesmith.analysis.__main__.LOOK_S", 0.0)
    monkeypatch.setattr("tunesmith.analysis.__main__.SAY_S", 0.0)
    (workspace / "films.csv").write_text(LARGE[:20_000])
    answers = io.BytesIO()
    lines = [dumps(request(workspace)).encode()]

    serve(lines, answers, is_stopped=lambda: answers.getvalue().count(b"\n") == 3)

    states = [loads(Analysed, line).state for line in answers.getvalue().decode().splitlines()]
    assert states == ["working", "working", "working", "stopped"]


def test_the_process_gives_up_a_question_that_is_taken_back(workspace: Path):
    (workspace / "films.csv").write_text(LARGE)
    process = subprocess.Popen(
        [sys.executable, "-m", "tunesmith.analysis"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout

    with process:
        print(dumps(request(workspace, id=1)), STOP, sep="\n", file=process.stdin, flush=True)
        process.stdin.close()
        answers = [loads(Analysed, line).state for line in process.stdout]

    assert answers[-1] == "stopped"
    assert "done" not in answers
