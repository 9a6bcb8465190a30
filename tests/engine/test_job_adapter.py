"""The adapter of a run, evaluated by another."""

from dataclasses import replace

import pytest

from small_job import failure, make_spec, reviews, rows_of, run_job, with_files
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.models.registry import resolve
from tunesmith.wire.spec import ModelSpec

MODELS = ["majority", "tfidf", "base", "prompted", "tuned"]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One finished run: its spec, its folder, its last state."""
    spec = make_spec(tmp_path_factory.mktemp("workspace"))
    return (spec, *run_job(spec))


def test_an_adapter_is_evaluated_on_validation_unless_test_is_asked_for(done):
    spec, run_dir, state = done
    model = replace(spec.model, name="run/run", adapter=str(run_dir.adapter))
    job = replace(spec, kind="evaluate", model=model)
    on_test = replace(job, eval={**spec.eval, "split": "test"})

    on_validation, by_default = run_job(job, "evaluate")
    _, asked = run_job(on_test, "evaluate-test")

    assert [found.model for found in by_default.evaluations] == MODELS
    assert {found.split for found in by_default.evaluations} == {"validation"}
    assert by_default.step is None
    assert by_default.finished and asked.finished and state.finished
    assert by_default.finished.p_value is None
    assert by_default.finished.summary.startswith("How the tuned model does: accuracy ")
    assert by_default.finished.summary.endswith(
        "on 8 validation rows. Choices were made on these rows, so the scores are optimistic."
    )
    page = on_validation.report_path.read_text(encoding="utf-8")
    assert page.count("Choices were made on these rows") == 2
    assert "McNemar" not in page
    assert asked.finished.summary == state.finished.summary
    again, before = asked.score_of("tuned", "test"), state.score_of("tuned", "test")
    assert again and before and again.scores == before.scores


def test_a_model_that_was_tuned_whole_is_scored_as_it_was_in_its_run(tmp_path):
    options = (*TRAINING_OPTIONS, *methods()["full"].options)
    train = resolve_options(options, {"epochs": 2, "batch_size": 8, "lr": 0.002, "eval_steps": 7})
    # The base model is in bf16, which a model that is tuned whole is not.
    spec = replace(make_spec(tmp_path), method="full", train=train, dtype="bfloat16")
    _, before = run_job(spec)
    model = resolve("run/run", workspace=tmp_path).spec
    assert model

    job = replace(spec, kind="evaluate", model=model, eval={**spec.eval, "split": "test"})
    _, after = run_job(job, "evaluate")

    for name in ("base", "tuned"):
        scores = [
            found and found.scores
            for found in (before.score_of(name, "test"), after.score_of(name, "test"))
        ]
        assert scores[0]
        assert scores[0] == scores[1]
    assert after.finished
    assert before.finished
    assert after.finished.summary == before.finished.summary


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


def test_rows_that_an_adapter_was_chosen_by_are_refused_as_test(done):
    spec, run_dir, _ = done
    workspace = run_dir.path.parents[2]
    lines = {
        split: [line["line"] for line in rows_of(run_dir) if line["split"] == split]
        for split in ("train", "validation")
    }
    source = reviews(80).splitlines()
    chosen_by = source[lines["validation"][0] - 1]
    (workspace / "seen.csv").write_text(f"review,sentiment\n{chosen_by}\n", encoding="utf-8")
    (workspace / "plays.csv").write_text(reviews(80).replace("Film", "Play"), encoding="utf-8")
    model = replace(spec.model, name="run/run", adapter=str(run_dir.adapter))
    job = replace(spec, kind="evaluate", model=model, eval={**spec.eval, "split": "test"})

    _, state = run_job(with_files(job, train="plays.csv", test="seen.csv"), "chosen-by")

    assert failure(state).message.startswith(
        "seen.csv: run/run was chosen by line 2 of the test rows"
    )


def test_the_yardsticks_of_an_adapter_learn_from_its_own_rows(tmp_path):
    spec = make_spec(tmp_path, epochs=1, max_rows=20)
    run_dir, _ = run_job(spec)
    model = replace(spec.model, name="run/run", adapter=str(run_dir.adapter))
    # The prompt may since have been told to train on all rows.
    job = replace(spec, kind="evaluate", model=model, seed=5, train={**spec.train, "max_rows": 0})

    again, state = run_job(job, "evaluate")

    mine, its = (
        [line["line"] for line in rows_of(run) if line["split"] == "train"]
        for run in (run_dir, again)
    )
    assert len(mine) == 20
    assert mine == its
    tfidf = state.score_of("tfidf", "validation")
    assert tfidf and "on the same 20 training rows" in tfidf.note
    assert state.warnings == ()
    plan = run_dir.read_state().plan
    assert plan and state.plan and state.plan.split_id == plan.split_id


def test_an_adapter_whose_rows_are_gone_is_evaluated_with_a_warning(done):
    spec, run_dir, _ = done
    workspace = run_dir.path.parents[2]
    (workspace / "new.csv").write_text(reviews(80).replace("Film", "Song"), encoding="utf-8")
    model = replace(spec.model, name="run/run", adapter=str(run_dir.adapter))

    _, state = run_job(
        with_files(replace(spec, kind="evaluate", model=model), train="new.csv"), "new"
    )

    assert state.status == "finished"
    assert state.warnings == (
        "new.csv no longer holds all rows that run/run was trained on: the yardsticks learn from "
        "the rows that it holds now.",
    )
