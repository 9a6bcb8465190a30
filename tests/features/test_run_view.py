from pathlib import Path

from tunesmith.features.run_view import label, last_word, run_view, scores_in_short, tooltip
from tunesmith.jobs.store import Run
from tunesmith.wire.events import (
    Evaluation,
    Failed,
    Finished,
    Plan,
    Preflight,
    RateProbe,
    Record,
    Score,
    Started,
    Step,
)
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import DataSpec, JobSpec, ModelSpec, PromptSpec
from tunesmith.wire.state import fold

STARTED = Started(pid=1, pid_started=0.0, device="cpu", dtype="float32", versions={})
STEP = Step(
    step=12,
    n_steps=40,
    epoch=0.3,
    loss=1.234,
    lr=1e-4,
    grad_norm=1.0,
    tokens_per_s=512.4,
    left_s=125.0,
)
FINISHED = Finished(report="report.html", p_value=0.000012, seconds=1.0, summary="")


def evaluation(model, split, value, low, high):
    score = Score(metric="accuracy", value=value, low=low, high=high)
    return Evaluation(model=model, split=split, n_rows=200, scores=(score,))


def run(status, *events) -> Run:
    records = [Record(seq=n, at_s=0.0, event=event) for n, event in enumerate(events, start=1)]
    spec = JobSpec(
        run_id="20260101-a",
        kind="train",
        workspace="/w",
        prompt=PromptSpec(path="a/p.prompt", text="", render_hash="r", settings_hash="s"),
        data=DataSpec(train="d.csv", target="label", labels=("a", "b"), fingerprint="f"),
        model=ModelSpec(name="builtin/x", path="/nowhere"),
        task="classification",
        template="chat",
        method="lora",
        train={},
        eval={},
        seed=0,
        command="",
        version="0",
    )
    return Run(
        run_dir=RunDir(Path("/w/runs/20260101-a")), spec=spec, state=fold(records), status=status
    )


BASE_VALIDATION = evaluation("base", "validation", 0.61, 0.54, 0.67)
BASE = evaluation("base", "test", 0.605, 0.54, 0.67)
TUNED = evaluation("tuned", "test", 0.89, 0.84, 0.93)


def test_the_label_says_where_a_run_stands():
    labels = [
        label(run("starting")),
        label(run("running", STARTED)),
        label(run("running", STARTED, BASE_VALIDATION)),
        label(run("running", STARTED, BASE_VALIDATION, STEP)),
        label(run("finished", STARTED, BASE_VALIDATION, STEP, BASE, TUNED, FINISHED)),
        label(run("failed", STARTED, Failed(message="out of memory"))),
        label(run("cancelled", STARTED, STEP)),
        label(run("lost", STARTED)),
    ]

    assert labels == [
        "starting",
        "preparing",
        "validation accuracy of base 0.61 [0.54, 0.67]",
        "step 12/40 · loss 1.23 · 2 min left to train",
        "test accuracy 0.89 [0.84, 0.93], base 0.60 [0.54, 0.67]",
        "failed: out of memory",
        "cancelled at step 12",
        "lost: its process is gone",
    ]


def test_the_last_word_says_how_a_run_ended_and_what_to_do():
    done = Finished(report="report.html", p_value=0.01, seconds=1.0, summary="Tuning helped: ...")

    assert last_word(run("finished", STARTED, done)) == (
        "Fine-tuning p.prompt is done. Tuning helped: ..."
    )
    assert last_word(run("failed", STARTED, Failed(message="d.csv, line 3: no label"))) == (
        "Fine-tuning p.prompt failed: d.csv, line 3: no label"
    )
    assert last_word(run("lost", STARTED, STEP)) == (
        "Fine-tuning p.prompt was cut off: its process is gone. "
        "Go on with tunesmith tune --resume 20260101-a"
    )
    assert last_word(run("cancelled", STARTED, STEP)) is None
    assert last_word(run("running", STARTED, STEP)) is None


def test_the_tooltip_shows_every_score_with_split_and_interval_beside_the_base():
    shown = tooltip(run("finished", STARTED, BASE_VALIDATION, STEP, BASE, TUNED, FINISHED))

    assert shown.splitlines() == [
        "train · builtin/x · finished",
        "validation, 200 rows:",
        "  base: accuracy 0.61 [0.54, 0.67]",
        "test, 200 rows:",
        "  base: accuracy 0.60 [0.54, 0.67]",
        "  tuned: accuracy 0.89 [0.84, 0.93]",
        "tuned against base on test: p = 1.2e-05",
    ]


def test_a_tuned_score_without_the_base_s_is_not_shown_as_a_score():
    assert scores_in_short(run("running", STARTED, TUNED).state) is None


def test_the_view_names_the_run_and_its_place():
    view = run_view(run("running", STARTED, STEP), "file:///w/a/p.prompt")

    assert (view.runId, view.kind, view.status, view.seq) == ("20260101-a", "train", "running", 2)
    assert (view.promptUri, view.report) == ("file:///w/a/p.prompt", None)


def test_the_tooltip_of_a_running_job_says_what_training_takes():
    plan = Plan(
        n_train=320,
        n_validation=100,
        n_test=200,
        n_dropped=0,
        n_steps=40,
        labels=("a", "b"),
        settings={"eval_steps": 10},
        split_id="s",
    )
    ahead = Preflight(
        n_probed=5,
        step_s=2.0,
        epoch_s=80.0,
        look_s=10.0,
        factor=4.0,
        memory_bytes=1_500_000_000,
        probed_bytes=1_700_000_000,
        free_bytes=0,
        disk_bytes=99_000_000,
        disk_free_bytes=74_000_000_000,
    )
    rates = RateProbe(rates=(0.1, 0.3), losses=(2.0, 1.0), chosen=0.3, reason="the lowest loss")

    shown = tooltip(run("running", STARTED, plan, rates, ahead))

    assert shown.splitlines()[1:] == [
        "learning rate 0.3: the lowest loss (2.000 at 0.1, 1.000 at 0.3)",
        "time: 2 s a step, 80 s an epoch, 2 min to train, 4 looks at validation among it",
        "memory: 1.5 GB by formula, 1.7 GB seen",
        "disk: 99 MB at most, 74.0 GB free",
        "shared prefix: 4.0 times fewer tokens to compute",
    ]
