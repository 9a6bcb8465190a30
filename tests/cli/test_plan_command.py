"""`tunesmith plan`: what a run would take, with nothing of it left behind."""

import json
import signal
import time
from pathlib import Path

import pytest

from cli.workspaces import make_workspace, start, tunesmith
from jobs.engines import CRASHING, engine
from tiny import write_tiny_model

WAITING = """
started()
Path(os.environ["PLAN_STARTED"]).write_text(str(run_dir))
while not (run_dir / "cancel").exists():
    time.sleep(0.02)
say("cancelled", step=0)
"""
SURE = """
started()
say("path", path="packed", factor=2.5, reason="")
say("warning", message="one")
say("finished", report="", seconds=0.1, summary="")
"""
FAILING = """
started()
say("failed", message="the data is gone", path="data/films.csv", line=3)
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    make_workspace(folder)
    write_tiny_model(folder / "tiny")
    return folder


def plan(workspace, *words, **env):
    return tunesmith("plan", "prompts/films.prompt", *words, cwd=workspace, env=env)


def test_a_plan_shows_rows_time_memory_and_the_source_of_every_setting(workspace):
    done = plan(workspace, "--set", "epochs=2", "--set", "lr=0.01")

    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0].startswith("prompts/films.prompt · lora on local/tiny · cpu, ")
    for line in (
        "train 28 of data/films.csv",
        "validation 4 of data/films.csv",
        "test 8 of data/films.csv",
        "left out 0 too long, 0 with another fault",
        "labels negative, positive",
        "steps 8 of 8 rows",
        "path packed",
        "epochs 2 set",
        "lr 0.01 set",
        "rank 8 M: as good as 32 at this size",
        "schedule cosine default",
        "M: measured with this engine: SmolLM2-135M on 320 film reviews",
    ):
        assert line in lines
    for start_of_line in ("detectable a difference of ", "time ", "memory ", "disk ", "shared "):
        assert any(line.startswith(start_of_line) for line in lines)
    assert "warning: Training has only 8 steps: 100 or more are better." in lines
    assert not (workspace / ".tunesmith").exists()


def test_a_plan_as_json_is_one_document(workspace, tmp_path):
    done = plan(workspace, "--json", TUNESMITH_ENGINE_PYTHON=engine(tmp_path, SURE).engine_python)

    found = json.loads(done.stdout)
    assert (found["prompt"], found["model"]) == ("prompts/films.prompt", "local/tiny")
    assert (found["method"], found["device"]) == ("lora", "cpu")
    assert found["path"] == {"path": "packed", "factor": 2.5, "reason": ""}
    assert found["warnings"] == ["one"]
    assert found["plan"] is found["preflight"] is found["rate_probe"] is None


def test_why_a_run_could_not_be_is_told_with_its_place(workspace, tmp_path):
    python = engine(tmp_path, FAILING).engine_python

    done = plan(workspace, TUNESMITH_ENGINE_PYTHON=python)

    assert done.returncode == 1
    assert done.stderr == "tunesmith: data/films.csv:3: the data is gone\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--set", "rnak=4"), '--set: no option is called "rnak"; did you mean "rank"?'),
        (("--model", "local/none"), "none is not a folder"),
    ],
)
def test_what_tune_would_refuse_is_refused(workspace, words, message):
    done = plan(workspace, *words)

    assert done.returncode == 1
    assert done.stderr.startswith("tunesmith: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_job_that_dies_is_told(workspace, tmp_path):
    done = plan(workspace, TUNESMITH_ENGINE_PYTHON=engine(tmp_path, CRASHING).engine_python)

    assert done.returncode == 1
    assert done.stderr.startswith("tunesmith: the job ended without a word")


def test_ctrl_c_ends_the_job_and_leaves_nothing(workspace, tmp_path, monkeypatch):
    started = tmp_path / "started"
    monkeypatch.setenv("PLAN_STARTED", str(started))
    python = engine(tmp_path, WAITING)
    process = start("plan", "prompts/films.prompt", cwd=workspace, python=python.engine_python)
    end = time.monotonic() + 60
    while not started.exists() or not started.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode == 130
    assert not Path(started.read_text()).exists()
    assert not (workspace / ".tunesmith").exists()
