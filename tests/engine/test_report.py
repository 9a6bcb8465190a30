"""The report: what it says in words, and that nothing in it can run or break out."""

import re
from dataclasses import replace

import pytest

from small_job import make_spec, reviews, run_job
from tunesmith.engine.report_parts import calibration, flips
from tunesmith.engine.report_svg import Axis, Line, chart, round_axis
from tunesmith.engine.scoreboard import PredictionLine
from tunesmith.engine.verdict import beside, claim, summarise
from tunesmith.wire.events import Evaluation, Score

HOSTILE = "</q><script>alert(1)</script><img src=x onerror=alert(2)>"


def evaluation(model, value):
    score = Score(metric="accuracy", value=value, low=value - 0.05, high=value + 0.05)
    return Evaluation(model=model, split="test", n_rows=200, scores=(score,))


def contest(**values):
    everybody = {"majority": 0.5, "tfidf": 0.7, "base": 0.6, "prompted": 0.75, "tuned": 0.9}
    return {model: evaluation(model, value) for model, value in {**everybody, **values}.items()}


def line(number, predicted, probability=0.9):
    other = "negative" if predicted == "positive" else "positive"
    return PredictionLine(
        model="tuned",
        split="test",
        step=None,
        row_id=str(number),
        file="reviews.csv",
        line=number,
        target="positive",
        predicted=predicted,
        probabilities={predicted: probability, other: 1 - probability},
    )


@pytest.mark.parametrize(
    ("tuned", "p_value", "step", "said"),
    [
        (0.9, 0.00001, 20, "Tuning helped"),
        (0.4, 0.00001, 20, "Tuning hurt"),
        (0.63, 0.4, 20, "No difference that these rows can show"),
        (0.6, 1.0, 0, "Tuning did not help"),
        (0.9, 0.00001, None, "Tuning helped"),
        (0.9, None, None, "How the tuned model does"),
    ],
)
def test_the_claim_is_no_larger_than_the_evidence(tuned, p_value, step, said):
    assert claim(contest(tuned=tuned), p_value, step) == said


def test_the_summary_has_both_numbers_their_intervals_and_the_split():
    assert summarise(contest(), 0.0000123, 20) == (
        "Tuning helped: accuracy 0.900 (0.850 to 0.950) against 0.600 (0.550 to 0.650) for the "
        "base model on 200 test rows, p = 1.2e-05."
    )


def test_an_evaluation_without_an_adapter_claims_nothing():
    alone = {model: found for model, found in contest().items() if model != "tuned"}

    assert summarise(alone, None, None) == (
        "How the base model does: accuracy 0.600 (0.550 to 0.650) on 200 test rows."
    )


def test_a_score_on_rows_that_choices_were_made_on_is_called_optimistic():
    validation = {m: replace(found, split="validation") for m, found in contest().items()}

    assert summarise(validation, None, None) == (
        "How the tuned model does: accuracy 0.900 (0.850 to 0.950) against 0.600 (0.550 to 0.650) "
        "for the base model on 200 validation rows. Choices were made on these rows, so the "
        "scores are optimistic."
    )


def test_a_yardstick_that_was_left_out_is_no_rival():
    few = contest()
    del few["tfidf"], few["prompted"]

    assert beside(few).startswith("The best yardstick, majority class, has accuracy 0.500")


def test_a_yardstick_that_does_as_well_is_named():
    assert beside(contest()) == (
        "The best yardstick, best prompted base, has accuracy 0.750 (0.700 to 0.800)."
    )
    assert beside(contest(tfidf=0.92)) == (
        "The best yardstick, TF-IDF, has accuracy 0.920 (0.870 to 0.970): "
        "no worse than the tuned model, and much cheaper."
    )


def test_certainty_is_compared_with_being_right():
    lines = [line(2, "positive"), line(3, "positive"), line(4, "negative"), line(5, "negative")]

    assert (
        "a probability of 0.900 on average and is right 0.500 of the time: too sure (by 0.400)"
        in (calibration({"tuned": lines}))
    )


def test_flips_are_the_rows_that_changed_sides():
    base = [line(2, "positive"), line(3, "negative"), line(4, "negative")]
    tuned = [line(2, "negative"), line(3, "positive"), line(4, "negative")]
    texts = {("reviews.csv", number): f"Text {number}" for number in (2, 3, 4)}

    html = flips(base, tuned, texts)

    assert "Tuning fixed 1 rows and broke 1." in html
    assert re.findall(r"<q>(.*?)</q>", html) == ["Text 3", "Text 2"]


def test_nothing_in_a_row_or_a_label_can_leave_its_place(tmp_path):
    quoted = HOSTILE.replace(",", "")
    csv = reviews(80).replace("is bad,", f"is bad {quoted},")

    run_dir, state = run_job(make_spec(tmp_path, csv, epochs=1))

    page = run_dir.report_path.read_text(encoding="utf-8")
    assert state.status == "finished"
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r"<[^>]*\s(?:src|href)=|url\(|@import", page)


def test_a_chart_draws_its_points_inside_its_frame():
    drawn = chart(
        [Line(name="loss", style="loss", points=[(0.0, 2.0), (10.0, 0.0)])],
        Axis(low=0.0, high=10.0, ticks=(0.0, 10.0)),
        round_axis([2.0]),
        title="Loss",
        x_name="step",
    )

    assert '<polyline class="loss" points="44.0,12.0 548.0,210.0"/>' in drawn
    assert 'aria-label="Loss"' in drawn
