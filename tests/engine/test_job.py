"""A whole run with the tiny model: what it leaves behind, and how it ends when it cannot go on."""

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import pytest

from small_job import PROMPT, failure, make_run, make_spec, rows_of, run_job
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.checkpoint import verify_checkpoint
from tunesmith.engine.job import do_job
from tunesmith.engine.job_data import load_rows
from tunesmith.engine.reporter import Reporter
from tunesmith.metrics.mcnemar import count_flips
from tunesmith.metrics.registry import METRICS
from tunesmith.prompt.parse import parse
from tunesmith.wire.events import Checkpoint, Evaluation, Row, Sample, Step
from tunesmith.wire.state import fold

MODELS = ["majority", "tfidf", "base", "prompted", "tuned"]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One finished run: its spec, its folder, its last state."""
    spec = make_spec(tmp_path_factory.mktemp("workspace"))
    return (spec, *run_job(spec))


def predictions_of(run_dir):
    return [json.loads(line) for line in run_dir.predictions_path.read_text().splitlines()]


def events_of(run_dir, kind):
    return [r.event for r in run_dir.read_records() if isinstance(r.event, kind)]


def test_the_base_model_is_scored_behind_the_first_loss_and_before_any_weight_changes(done):
    spec, run_dir, _ = done

    kinds = [record.event.kind for record in run_dir.read_records()]
    first = events_of(run_dir, Evaluation)[0]

    assert kinds[:2] == ["started", "plan"]
    assert kinds.index("evaluation") == kinds.index("step") + 1
    assert kinds[-1] == "finished"
    assert (first.model, first.split, first.step) == ("base", "validation", 0)
    alone, _ = run_job(replace(spec, kind="evaluate"), "alone")
    untouched = [line["probabilities"] for line in predictions_of(alone) if line["model"] == "base"]
    judged = [line["probabilities"] for line in predictions_of(run_dir) if line["step"] == 0]
    assert len(judged) == 8
    assert judged == [pytest.approx(probabilities, abs=1e-6) for probabilities in untouched]


def test_every_model_is_scored_once_on_the_same_test_rows(done):
    _, run_dir, state = done

    on_test = [found for found in state.evaluations if found.split == "test"]
    asked = {
        model: {line["row_id"] for line in predictions_of(run_dir) if line["model"] == model}
        for model in ("majority", "tfidf", "prompted")
    }
    opened = {line["row_id"] for line in rows_of(run_dir) if line["split"] == "test"}

    assert [found.model for found in on_test] == MODELS
    assert {found.n_rows for found in on_test} == {16}
    assert all(rows == opened for rows in asked.values())


def test_every_score_can_be_computed_again_from_the_predictions(done):
    _, run_dir, state = done
    lines = predictions_of(run_dir)

    for found in state.evaluations:
        mine = [
            line
            for line in lines
            if (line["model"], line["split"], line["step"])
            == (found.model, found.split, found.step)
        ]
        targets = [line["target"] for line in mine]
        predicted = [line["predicted"] for line in mine]
        assert len(mine) == found.n_rows
        assert found.scores == tuple(
            METRICS[name].score(targets, predicted) for name in ("accuracy", "macro-f1")
        )
        for line in mine:
            assert sum(line["probabilities"].values()) == pytest.approx(1.0)
            assert max(line["probabilities"].values()) == line["probabilities"][line["predicted"]]


def test_the_p_value_can_be_computed_again_from_the_predictions(done):
    _, run_dir, state = done
    lines = [line for line in predictions_of(run_dir) if line["split"] == "test"]

    base, tuned = ([line for line in lines if line["model"] == name] for name in ("base", "tuned"))
    flips = count_flips(
        [line["target"] for line in base],
        [line["predicted"] for line in base],
        [line["predicted"] for line in tuned],
    )

    assert state.finished.p_value == flips.p_value


def test_each_row_of_the_contest_is_an_event(done):
    _, run_dir, _ = done

    rows = events_of(run_dir, Row)

    assert [row.model for row in rows] == [model for model in MODELS for _ in range(16)]
    assert {row.split for row in rows} == {"test"}


def test_the_state_is_the_fold_of_the_events(done):
    _, run_dir, state = done

    assert run_dir.read_state() == state == fold(run_dir.read_records())


def test_the_plan_has_every_setting_and_every_row(done):
    spec, run_dir, state = done
    splits = [line["split"] for line in rows_of(run_dir)]

    eval_rows = {"validation_rows": 200, "test_rows": 400}
    assert state.plan.settings == {**spec.train, **eval_rows, "seed": 0}
    assert (state.plan.n_train, state.plan.n_validation, state.plan.n_test) == (56, 8, 16)
    assert [splits.count(name) for name in ("train", "validation", "test")] == [56, 8, 16]
    assert state.plan.n_steps == 21
    assert [step.step for step in events_of(run_dir, Step)] == list(range(1, 22))


def test_what_is_scored_is_what_is_kept(done):
    _, run_dir, state = done

    kept = events_of(run_dir, Checkpoint)

    assert kept[0].step == 0
    assert state.checkpoint == kept[-1]
    assert verify_checkpoint(run_dir.path / kept[-1].path).step == kept[-1].step
    assert verify_checkpoint(run_dir.adapter).step == kept[-1].step


def test_looks_at_validation_show_what_the_model_answers(done):
    _, run_dir, _ = done

    samples = events_of(run_dir, Sample)

    assert [sample.step for sample in samples] == [7, 7, 7, 14, 14, 14, 21, 21, 21]


def test_the_report_shows_what_the_events_say(done):
    _, run_dir, state = done

    page = run_dir.report_path.read_text(encoding="utf-8")

    for found in state.evaluations[-5:]:
        for score in found.scores:
            assert f"{score.value:.3f}<br>" in page
            assert f"{score.low:.3f} to {score.high:.3f}" in page
    assert state.finished.summary.partition(": ")[0] in page
    assert "tunesmith tune reviews.prompt --seed 0" in page
    assert "<dt>split</dt><dd>validation</dd>" not in page
    assert "<script" not in page


def test_the_same_seed_gives_the_same_adapter(done):
    spec, run_dir, _ = done

    again, _ = run_job(spec, "again")
    other, _ = run_job(replace(spec, seed=1), "other")

    assert verify_checkpoint(again.adapter) == verify_checkpoint(run_dir.adapter)
    assert verify_checkpoint(other.adapter) != verify_checkpoint(run_dir.adapter)


def test_a_yardstick_that_cannot_be_fitted_is_left_out(tmp_path):
    # No two letters stand together, so there is no word to count.
    lines = [
        f"{'! ' * (number + 1)},{('negative', 'positive')[number % 2]}" for number in range(80)
    ]
    spec = make_spec(tmp_path, "\n".join(["review,sentiment", *lines, ""]), epochs=1)

    _, state = run_job(spec)

    on_test = [found.model for found in state.evaluations if found.split == "test"]
    assert state.status == "finished"
    assert on_test == ["majority", "base", "prompted", "tuned"]
    told = "TF-IDF is left out: it cannot be fitted on these rows ("
    assert any(warning.startswith(told) for warning in state.warnings)


def test_a_model_without_a_tokenizer_is_named(tmp_path):
    spec = make_spec(tmp_path)
    (tmp_path / "tiny" / "tokenizer.json").unlink()

    _, state = run_job(spec)

    assert failure(state).message.startswith("local/tiny cannot be loaded: there is no ")


def test_shuffled_labels_leave_test_and_validation_alone(tmp_path):
    spec = make_spec(tmp_path, epochs=1)

    run_dir, state = run_job(replace(spec, shuffle_labels=True))

    true = load_rows(spec, parse(PROMPT)).rows["train"]
    shuffled = load_rows(replace(spec, shuffle_labels=True), parse(PROMPT)).rows["train"]
    before, after = ([row.values["sentiment"] for row in rows] for rows in (true, shuffled))
    assert before != after
    assert Counter(before) == Counter(after) == {"negative": 28, "positive": 28}
    truth = {str(number + 2): ("negative", "positive")[number % 2] for number in range(80)}
    assert state.status == "finished"
    assert all(line["target"] == truth[line["row_id"]] for line in predictions_of(run_dir))
    assert "A control:" in run_dir.report_path.read_text(encoding="utf-8")


def test_a_model_that_is_not_there_is_named(tmp_path):
    spec = make_spec(tmp_path)
    (tmp_path / "tiny" / "model.safetensors").unlink()

    _, state = run_job(spec)

    assert failure(state).message.startswith("local/tiny cannot be loaded: ")


@pytest.mark.parametrize("n_steps", [0, 9])
def test_a_cancelled_run_keeps_its_events_and_its_best_checkpoint(tmp_path, n_steps):
    spec = make_spec(tmp_path)
    run_dir = make_run(spec)

    class Impatient(Reporter):
        def emit(self, event):
            if isinstance(event, Step | Checkpoint) and event.step == n_steps:
                run_dir.cancel_path.touch()
            return super().emit(event)

    with Impatient(run_dir) as reporter:
        do_job(spec, run_dir, reporter, CancelSwitch(run_dir))

    state = run_dir.read_state()
    assert state.status == "cancelled"
    assert state.cancelled and state.cancelled.checkpoint
    assert state.cancelled.step == max(n_steps, 1)
    assert state == fold(run_dir.read_records())
    assert verify_checkpoint(run_dir.path / state.cancelled.checkpoint).step in (0, 7)
    assert verify_checkpoint(run_dir.adapter) == verify_checkpoint(
        run_dir.path / state.cancelled.checkpoint
    )


def test_a_method_whose_first_weights_are_drawn_by_chance_keeps_a_step_that_was_trained(tmp_path):
    spec = make_spec(tmp_path, lr=1e-7)
    small = {"tokens": 2}
    spec = replace(spec, method="prompt-tuning", train={**spec.train, **small})

    run_dir, state = run_job(spec)

    assert state.status == "finished"
    looks = [found for found in state.evaluations if found.split == "validation"]
    assert [(looks[0].model, looks[0].step), looks[1].model] == [("base", 0), "tuned"]
    assert verify_checkpoint(run_dir.adapter).step >= 7


def test_a_run_cancelled_before_it_began_ends_as_cancelled(tmp_path):
    spec = make_spec(tmp_path)
    run_dir = make_run(spec)
    run_dir.cancel_path.touch()

    with Reporter(run_dir) as reporter:
        do_job(spec, run_dir, reporter, CancelSwitch(run_dir))

    state = run_dir.read_state()
    assert state.cancelled and state.cancelled.checkpoint is None


def test_a_signal_ends_the_process_with_a_last_word(tmp_path):
    run_dir = make_run(make_spec(tmp_path, epochs=100))
    command = [sys.executable, "-m", "tunesmith.engine", str(run_dir.path)]

    with subprocess.Popen(command, stderr=subprocess.PIPE) as job:
        while job.poll() is None and not any(events_of(run_dir, Step)):
            time.sleep(0.05)
        job.terminate()
        _, printed = job.communicate()

    assert (job.returncode, b"Traceback" in printed) == (1, False)
    assert run_dir.read_state().status == "cancelled"
