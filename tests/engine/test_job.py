"""A whole run with the tiny model: what it leaves behind, and how it ends when it cannot go on."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from small_job import PROMPT, failure, make_run, make_spec, reviews, run_job, with_files
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.checkpoint import verify_checkpoint
from tunesmith.engine.job import do_job
from tunesmith.engine.reporter import Reporter
from tunesmith.metrics.mcnemar import count_flips
from tunesmith.metrics.registry import METRICS
from tunesmith.wire.events import Checkpoint, Evaluation, Row, Sample, Step
from tunesmith.wire.spec import ModelSpec
from tunesmith.wire.state import fold

MODELS = ["majority", "tfidf", "base", "prompted", "tuned"]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One finished run: its spec, its folder, its last state."""
    spec = make_spec(tmp_path_factory.mktemp("workspace"))
    return (spec, *run_job(spec))


def predictions_of(run_dir):
    return [json.loads(line) for line in run_dir.predictions_path.read_text().splitlines()]


def rows_of(run_dir):
    return [json.loads(line) for line in run_dir.rows_path.read_text().splitlines()]


def events_of(run_dir, kind):
    return [r.event for r in run_dir.read_records() if isinstance(r.event, kind)]


def test_the_base_model_is_scored_before_the_first_step(done):
    _, run_dir, _ = done

    kinds = [record.event.kind for record in run_dir.read_records()]
    first = events_of(run_dir, Evaluation)[0]

    assert kinds[:2] == ["started", "plan"]
    assert kinds.index("evaluation") < kinds.index("step")
    assert kinds[-1] == "finished"
    assert (first.model, first.split, first.step) == ("base", "validation", None)


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

    assert state.plan.settings == {**spec.train, **spec.eval, "seed": 0}
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
    assert "<script" not in page


def test_the_same_seed_gives_the_same_adapter(done):
    spec, run_dir, _ = done

    again, _ = run_job(spec, "again")
    other, _ = run_job(replace(spec, seed=1), "other")

    assert verify_checkpoint(again.adapter) == verify_checkpoint(run_dir.adapter)
    assert verify_checkpoint(other.adapter) != verify_checkpoint(run_dir.adapter)


def test_an_adapter_is_evaluated_on_validation_unless_test_is_asked_for(done):
    spec, run_dir, state = done
    model = replace(spec.model, name="run/run", adapter=str(run_dir.adapter))
    job = replace(spec, kind="evaluate", model=model)
    on_test = replace(job, eval={**spec.eval, "split": "test"})

    _, by_default = run_job(job, "evaluate")
    _, asked = run_job(on_test, "evaluate-test")

    assert [found.model for found in by_default.evaluations] == MODELS
    assert {found.split for found in by_default.evaluations} == {"validation"}
    assert by_default.step is None
    again, before = asked.score_of("tuned", "test"), state.score_of("tuned", "test")
    assert again and before and again.scores == before.scores


def test_rows_that_an_adapter_learned_from_are_refused_whatever_their_file(done):
    spec, run_dir, _ = done
    learned = next(line for line in rows_of(run_dir) if line["split"] == "train")
    source = reviews(80).splitlines()
    copied = source[learned["line"] - 1].upper().replace("POSITIVE", "positive")
    copied = copied.replace("NEGATIVE", "negative")
    (run_dir.path.parents[2] / "fresh.csv").write_text(
        f"review,sentiment\nA film nobody has seen,positive\n{copied}\n", encoding="utf-8"
    )
    model = ModelSpec(name="run/run", path=spec.model.path, adapter=str(run_dir.adapter))
    job = replace(spec, kind="evaluate", model=model, eval={**spec.eval, "split": "test"})

    _, state = run_job(with_files(job, train="other.csv", test="fresh.csv"), "missing")
    (run_dir.path.parents[2] / "other.csv").write_text(
        reviews(80).replace("Film", "Play"), encoding="utf-8"
    )
    _, refused = run_job(with_files(job, train="other.csv", test="fresh.csv"), "refused")

    assert failure(state).message.startswith("other.csv: cannot be read")
    assert failure(refused).message == (
        "fresh.csv: run/run was trained on line 3 of the test rows, so a score on them would say "
        "nothing. Evaluate it on rows that it has not seen"
    )
    assert (failure(refused).path, failure(refused).line) == ("fresh.csv", 3)


def test_shuffled_labels_leave_test_and_validation_alone(tmp_path):
    spec = make_spec(tmp_path, epochs=1)

    run_dir, state = run_job(replace(spec, shuffle_labels=True))

    truth = {str(number + 2): ("negative", "positive")[number % 2] for number in range(80)}
    assert state.status == "finished"
    assert all(line["target"] == truth[line["row_id"]] for line in predictions_of(run_dir))
    assert "A control:" in run_dir.report_path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("csv", "message", "line"),
    [
        ("review,sentiment\n", "reviews.csv: has no rows", 1),
        (
            "review,mood\nGood,positive\n",
            'reviews.csv: has no column "sentiment"; it has review, mood',
            1,
        ),
        (
            reviews(80) + "Film 80 is fine,neutral\n",
            'reviews.csv, line 82: "neutral" is not one of the labels (negative, positive)',
            82,
        ),
        (
            reviews(80) + "Film 80 is fine,\n",
            "reviews.csv, line 82: the label is empty (negative, positive)",
            82,
        ),
        (
            reviews(80).replace("negative", "positive"),
            'reviews.csv: the training rows hold only "positive"; two classes are needed',
            None,
        ),
        (
            reviews(80) + "Film, 80, is fine,positive\n",
            "reviews.csv, line 82: 4 fields where the first line names 2 (review, sentiment): "
            "put quotes around a field that holds a separator",
            82,
        ),
        (
            reviews(4),
            "reviews.csv: has too few rows for a validation split",
            None,
        ),
    ],
    ids=["empty", "no-target", "label", "no-label", "one-class", "broken-row", "too-few"],
)
def test_data_that_a_run_would_say_nothing_about_is_refused(tmp_path, csv, message, line):
    _, state = run_job(make_spec(tmp_path, csv))

    assert state.status == "failed"
    assert failure(state).message == message
    assert (failure(state).path, failure(state).line) == ("reviews.csv", line)
    assert state.plan is None


def test_training_rows_are_refused_as_evaluation_data(tmp_path):
    spec = make_spec(tmp_path)
    copied = reviews(80).splitlines()[1:4]
    (tmp_path / "test.csv").write_text(
        "\n".join(["review,sentiment", "Unseen,positive", *copied, ""]), encoding="utf-8"
    )

    _, state = run_job(with_files(spec, test="test.csv"))

    assert failure(state).message.startswith("test.csv: lines ")
    assert "of the test rows also stand in the train rows (reviews.csv)" in failure(state).message
    assert failure(state).path == "test.csv"
    assert failure(state).line in (3, 4, 5)


def test_rows_that_are_all_too_long_are_refused(tmp_path):
    _, state = run_job(make_spec(tmp_path, max_length=16))

    assert (
        "reviews.csv: all 56 training rows are longer than max_length: 16" in failure(state).message
    )


def test_a_missing_file_is_named(tmp_path):
    spec = make_spec(tmp_path)
    (tmp_path / "reviews.csv").unlink()

    _, state = run_job(spec)

    assert failure(state).message == "reviews.csv: cannot be read (No such file or directory)"


def test_a_prompt_without_a_variable_of_the_data_is_refused(tmp_path):
    spec = make_spec(tmp_path)
    prompt = replace(spec.prompt, text=PROMPT.replace("{{review}}", "{{text}}"))

    _, state = run_job(replace(spec, prompt=prompt))

    assert failure(state).message == (
        "reviews.prompt: no variable stands for a column of reviews.csv (review, sentiment)"
    )


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
    assert state.cancelled.step == n_steps
    assert state == fold(run_dir.read_records())
    assert verify_checkpoint(run_dir.path / state.cancelled.checkpoint).step in (0, 7)
    assert verify_checkpoint(run_dir.adapter) == verify_checkpoint(
        run_dir.path / state.cancelled.checkpoint
    )


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
    command = [sys.executable, "-m", "tunesmith.engine.job", str(run_dir.path)]

    with subprocess.Popen(command, stderr=subprocess.PIPE) as job:
        while job.poll() is None and not any(events_of(run_dir, Step)):
            time.sleep(0.05)
        job.terminate()
        _, printed = job.communicate()

    assert (job.returncode, b"Traceback" in printed) == (1, False)
    assert run_dir.read_state().status == "cancelled"
