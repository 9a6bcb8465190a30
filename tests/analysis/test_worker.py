import io
import subprocess
import sys
from pathlib import Path

import pytest

from tunesmith.analysis.__main__ import serve
from tunesmith.wire.analysis import Analyse, Analysed
from tunesmith.wire.codec import dumps, loads

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
    return [loads(Analysed, line) for line in answers.getvalue().decode().splitlines()]


def test_findings_point_into_the_prompt_and_into_the_data(workspace: Path):
    (answer,) = asked(dumps(request(workspace)))

    broken, missing = answer.findings
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

    first, second = [loads(Analysed, line) for line in answers.getvalue().decode().splitlines()]
    assert [finding.rule for finding in first.findings] == ["broken-row", "data-column-missing"]
    assert (second.id, second.findings) == (2, ())


def test_a_line_that_is_no_request_is_passed_over(workspace: Path):
    answers = asked("", "{", "[" * 100_000, '{"id": 1}', dumps(request(workspace, id=5)))

    assert [answer.id for answer in answers] == [5]


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
    assert len(loads(Analysed, done.stdout).findings) == 2
    assert "a request was not understood" in done.stderr
