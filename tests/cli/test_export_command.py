"""`tunesmith runs export` and `tunesmith tune --eject`, as a person types them."""

import json
from dataclasses import replace

import pytest

from cli.workspaces import make_workspace, tunesmith
from jobs.engines import OBEDIENT, engine
from small_job import make_spec, run_job
from tiny import write_tiny_model
from tunesmith.jobs.backend import Handle, write_handle
from tunesmith.wire.codec import dumps


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder with a finished run of the tiny model."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "tunesmith.toml").touch()
    run_dir, state = run_job(make_spec(folder))
    assert state.status == "finished"
    write_handle(run_dir, Handle(backend="local", pid=1, started=-1.0))
    return folder


def test_a_run_is_exported(workspace):
    done = tunesmith("runs", "export", "run", "--to", "out", "--merge", cwd=workspace)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "Loaded again from the folder in float32, the model writes the same as the evaluated "
        "model for 16 of 16 test rows (greedy) and chooses the same label for 16.",
        f"folder: {workspace / 'out'}",
    ]
    assert (workspace / "out" / "model.safetensors").is_file()
    again = tunesmith("runs", "export", "run", "--to", "out", cwd=workspace)
    assert again.returncode == 2
    assert again.stderr.endswith("out is there already: name a folder that is new or empty\n")


def test_an_export_that_fails_leaves_nothing(workspace):
    data = workspace / "reviews.csv"
    content = data.read_text()
    data.write_text("review,sentiment\nAnother film,positive\n")
    before = sorted(workspace.iterdir())

    done = tunesmith("runs", "export", "run", "--to", "none", cwd=workspace)

    data.write_text(content)
    assert done.returncode == 1
    assert "reviews.csv no longer holds the test rows" in done.stderr
    assert sorted(workspace.iterdir()) == before


def test_what_cannot_be_exported_is_named(workspace):
    evaluation = workspace / ".tunesmith" / "runs" / "evaluation"
    evaluation.mkdir()
    spec = replace(make_spec(workspace), kind="evaluate")
    (evaluation / "spec.json").write_text(dumps(spec))
    (evaluation / "events.jsonl").touch()

    unknown = tunesmith("runs", "export", "nobody", "--to", "none", cwd=workspace)
    judged = tunesmith("runs", "export", "evaluation", "--to", "none", cwd=workspace)
    nowhere = tunesmith("runs", "export", "run", "--to", "tunesmith.toml/to", cwd=workspace)

    assert unknown.stderr.startswith("tunesmith: no run nobody in ")
    assert judged.stderr == (
        "tunesmith: evaluation trained nothing: export a run of `tunesmith tune`\n"
    )
    assert nowhere.stderr.endswith("tunesmith.toml/to cannot be used: File exists\n")
    assert {unknown.returncode, judged.returncode, nowhere.returncode} == {2}


def test_a_run_that_is_at_work_is_not_exported(tmp_path):
    make_workspace(tmp_path)
    write_tiny_model(tmp_path / "tiny")
    env = {"TUNESMITH_ENGINE_PYTHON": engine(tmp_path, OBEDIENT).engine_python}
    started = tunesmith("tune", "prompts/films.prompt", "--detach", cwd=tmp_path, env=env)
    run_id = started.stdout.splitlines()[0].removeprefix("run ")

    done = tunesmith("runs", "export", run_id, "--to", "out", cwd=tmp_path)
    tunesmith("runs", "cancel", run_id, cwd=tmp_path)
    tunesmith("runs", "show", run_id, "--follow", cwd=tmp_path)
    after = tunesmith("runs", "export", run_id, "--to", "out", cwd=tmp_path)

    assert "is still at work: wait for its end, or cancel it first" in done.stderr
    assert "was ended before its first checkpoint: there is nothing to export" in after.stderr


def test_an_engine_that_is_not_there_is_named(workspace):
    env = {"TUNESMITH_ENGINE_PYTHON": "/no/python"}

    done = tunesmith("runs", "export", "run", "--to", "none", cwd=workspace, env=env)

    assert done.returncode == 2
    assert done.stderr.endswith("set TUNESMITH_ENGINE_PYTHON to a Python that has torch\n")


def test_a_training_is_ejected(tmp_path):
    make_workspace(tmp_path)
    write_tiny_model(tmp_path / "tiny")

    done = tunesmith("tune", "prompts/films.prompt", "--eject", "out", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"run it: python {tmp_path / 'out' / 'train.py'}"
    rows = (tmp_path / "out" / "data" / "train.jsonl").read_text().splitlines()
    assert json.loads(rows[0]).keys() == {"input_ids", "labels", "row_hash"}
    assert not (tmp_path / ".tunesmith").exists()
