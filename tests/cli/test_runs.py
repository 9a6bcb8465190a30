"""Runs, as the command line starts, follows, lists and stops them.

The jobs are stand-ins that behave well or badly; what a real job does is tested where it lives.
"""

import json
import signal
import time

import pytest

from cli.workspaces import make_workspace, read_line, start, tunesmith
from jobs.engines import CRASHING, OBEDIENT, QUICK, engine
from tiny import write_tiny_model

TUNE = ("tune", "prompts/films.prompt")
FAILING = """
started()
say("failed", message="the data is gone", path="data/films.csv", line=3)
"""


@pytest.fixture
def workspace(tmp_path):
    make_workspace(tmp_path)
    write_tiny_model(tmp_path / "tiny")
    return tmp_path


def tune(workspace, body, *words, command="tune"):
    env = {"TUNESMITH_ENGINE_PYTHON": engine(workspace, body).engine_python}
    return tunesmith(command, "prompts/films.prompt", *words, cwd=workspace, env=env)


def run_id_in(text):
    return text.splitlines()[0].removeprefix("run ")


def test_a_run_is_followed_to_its_end(workspace):
    done = tune(workspace, QUICK, "--set", "epochs=2", "--seed", "5", "--shuffle-labels")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == ["started on cpu, float32", "warning: one", "done"]
    run_id = run_id_in(done.stdout)
    text = (workspace / ".tunesmith" / "runs" / run_id / "spec.json").read_text(encoding="utf-8")
    spec = json.loads(text)
    assert (spec["kind"], spec["seed"], spec["shuffle_labels"]) == ("train", 5, True)
    assert spec["train"]["epochs"] == 2


def test_eval_plans_an_evaluation_of_the_model_it_is_given(workspace):
    other = write_tiny_model(workspace / "other", seed=1)

    done = tune(workspace, QUICK, "--model", "local/other", command="eval")

    run_id = run_id_in(done.stdout)
    text = (workspace / ".tunesmith" / "runs" / run_id / "spec.json").read_text(encoding="utf-8")
    spec = json.loads(text)
    assert (spec["kind"], spec["model"]["path"]) == ("evaluate", other.path)


def test_a_run_that_fails_says_why_and_where(workspace):
    done = tune(workspace, FAILING)

    assert done.returncode == 1
    assert "failed: data/films.csv:3: the data is gone" in done.stdout


def test_a_job_that_dies_leads_to_its_log(workspace):
    done = tune(workspace, CRASHING)

    assert done.returncode == 1
    assert done.stderr.startswith("tunesmith: the job ended without a word: read ")
    assert done.stderr.strip().endswith("job.log")


def test_runs_are_listed_shown_and_their_events_printed(workspace):
    run_id = run_id_in(tune(workspace, QUICK).stdout)

    listed = tunesmith("runs", "list", cwd=workspace).stdout
    shown = tunesmith("runs", "show", run_id, cwd=workspace).stdout
    events = tunesmith("runs", "events", run_id, "--since", "1", cwd=workspace).stdout

    assert listed.split() == [run_id, "finished", "prompts/films.prompt"]
    assert shown.splitlines()[:4] == [
        "started on cpu, float32",
        "warning: one",
        "done",
        "status: finished",
    ]
    assert [json.loads(line)["kind"] for line in events.splitlines()] == ["warning", "finished"]


def test_a_detached_run_is_stopped_by_its_id(workspace):
    done = tune(workspace, OBEDIENT, "--detach")
    run_id = run_id_in(done.stdout)
    assert f"follow it: tunesmith runs show {run_id} --follow" in done.stdout

    cancelled = tunesmith("runs", "cancel", run_id, cwd=workspace)
    followed = tunesmith("runs", "show", run_id, "--follow", cwd=workspace)
    again = tunesmith("runs", "cancel", run_id, cwd=workspace)

    assert f"asked {run_id} to stop" in cancelled.stdout
    assert "cancelled at step 3; the best checkpoint is kept in checkpoints/3" in followed.stdout
    assert followed.returncode == 1
    assert again.stdout == f"{run_id} is over already\n"


def test_ctrl_c_stops_the_run_and_shows_its_end(workspace):
    settings = engine(workspace, OBEDIENT)
    process = start(*TUNE, cwd=workspace, python=settings.engine_python)
    lines = [read_line(process), read_line(process)]
    assert lines[1] == "started on cpu, float32\n"

    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)

    assert "stopping the run; Ctrl-C again leaves it to itself" in rest
    assert "cancelled at step 3" in rest
    assert process.returncode == 1


def test_a_second_ctrl_c_leaves_the_run_to_itself(workspace):
    slow = OBEDIENT.replace('say("cancelled"', 'time.sleep(1)\nsay("cancelled"')
    settings = engine(workspace, slow)
    process = start(*TUNE, cwd=workspace, python=settings.engine_python)
    run_id = read_line(process).removeprefix("run ").strip()
    assert read_line(process) == "started on cpu, float32\n"

    process.send_signal(signal.SIGINT)
    assert read_line(process).startswith("stopping the run")
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)

    assert f"in the background: tunesmith runs show {run_id} --follow" in rest
    assert process.returncode == 130
    end = time.monotonic() + 60
    while "cancelled" not in tunesmith("runs", "list", cwd=workspace).stdout:
        assert time.monotonic() < end


RESUMED = """
if not seq:
    started()
    say("failed", message="the disk is full")
    sys.exit(1)
say("resumed", pid=os.getpid(), pid_started=0.0, step=4)
say("finished", report="report.html", seconds=0.1, summary="done")
"""
TRAINING = """
spec = json.loads((run_dir / "spec.json").read_text())
started()
(run_dir / "adapter").mkdir()
weights = f"{spec['seed']} WEIGHTS"
(run_dir / "adapter" / "adapter_model.safetensors").write_text(weights)
say("finished", report="report.html", seconds=0.1, summary="done")
"""


def test_a_run_that_was_cut_off_is_gone_on_with(workspace):
    run_id = run_id_in(tune(workspace, RESUMED).stdout)
    env = {"TUNESMITH_ENGINE_PYTHON": engine(workspace, RESUMED).engine_python}

    done = tunesmith("tune", "--resume", run_id, cwd=workspace, env=env)
    again = tunesmith("tune", "--resume", run_id, cwd=workspace, env=env)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"run {run_id} goes on"
    assert done.stdout.splitlines()[-2:] == ["resumed behind step 4", "done"]
    assert again.returncode == 1
    assert again.stderr.startswith(f"tunesmith: {run_id} is finished; to do it once more: ")


def test_a_run_that_was_stopped_says_how_to_go_on(workspace):
    run_id = run_id_in(tune(workspace, OBEDIENT, "--detach").stdout)
    tunesmith("runs", "cancel", run_id, cwd=workspace)

    followed = tunesmith("runs", "show", run_id, "--follow", cwd=workspace).stdout
    shown = tunesmith("runs", "show", run_id, cwd=workspace).stdout

    way_on = f"go on with it: tunesmith tune --resume {run_id}"
    assert way_on in followed.splitlines()
    assert way_on in shown.splitlines()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--resume", "x", "p.prompt"), "--resume takes everything from the run's own spec.json"),
        (("--resume", "x", "--seed", "1"), "--resume takes everything from the run's own"),
        (("--resume", "x"), "no run x in "),
        ((), "name a .prompt file, or --resume RUN"),
    ],
)
def test_tune_without_a_prompt_says_what_it_takes(workspace, words, message):
    done = tunesmith("tune", *words, cwd=workspace)

    assert done.returncode != 0
    assert message in done.stderr


@pytest.mark.parametrize("changed", ["data/films.csv", "tiny/model.safetensors"])
def test_neither_is_done_with_data_or_a_model_that_changed(workspace, changed):
    run_id = run_id_in(tune(workspace, OBEDIENT, "--detach").stdout)
    tunesmith("runs", "cancel", run_id, cwd=workspace)
    tunesmith("runs", "show", run_id, "--follow", cwd=workspace)
    path = workspace / changed
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)

    resumed = tunesmith("tune", "--resume", run_id, cwd=workspace)
    repeated = tunesmith("runs", "repeat", run_id, cwd=workspace)

    for done in (resumed, repeated):
        assert done.returncode == 1
        assert changed.partition("/")[0] in done.stderr
        assert f"no longer what it was when {run_id} was started" in done.stderr
        assert "for a new run: tunesmith tune prompts/films.prompt --seed 0" in done.stderr


def repeat(workspace, run_id, body):
    env = {"TUNESMITH_ENGINE_PYTHON": engine(workspace, body).engine_python}
    return tunesmith("runs", "repeat", run_id, cwd=workspace, env=env)


def test_a_run_is_repeated_and_its_weights_compared(workspace):
    run_id = run_id_in(tune(workspace, TRAINING, "--seed", "5").stdout)
    # What stands in the prompt now is not what the run is repeated with.
    (workspace / "prompts" / "films.prompt").write_text("changed")

    same = repeat(workspace, run_id, TRAINING)
    other = repeat(workspace, run_id, TRAINING.replace("WEIGHTS", "others"))

    runs = workspace / ".tunesmith" / "runs"
    again = json.loads((runs / run_id_in(same.stdout) / "spec.json").read_text(encoding="utf-8"))
    first = json.loads((runs / run_id / "spec.json").read_text(encoding="utf-8"))
    assert run_id_in(same.stdout) != run_id
    assert again == {**first, "run_id": run_id_in(same.stdout), "dtype": "float32"}
    assert f"the same weights as {run_id}, bit for bit: adapter_model.safetensors " in same.stdout
    assert f"other weights than {run_id}: adapter_model.safetensors " in other.stdout
    assert "it had adapter_model.safetensors " in other.stdout
