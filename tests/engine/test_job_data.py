"""The rows of a job: which it takes, and which it refuses."""

from dataclasses import replace

import pytest

from small_job import PROMPT, failure, make_spec, reviews, rows_of, run_job, with_files
from tunesmith.engine.bench import prepare
from tunesmith.engine.cancel import JobCancelled
from tunesmith.engine.job_data import load_rows
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.parse import parse

WAY_OUT = ". Mend it, or leave it out: bad_rows: skip in tunesmith.train"


def test_rows_that_are_too_long_are_left_out_everywhere(tmp_path):
    csv = reviews(80).replace("Film 2 ", "Film 2 " + "very " * 60)
    spec = make_spec(tmp_path, csv, epochs=1, max_length=100, bad_rows="skip")
    assert 4 in [row.line for row in load_rows(spec, parse(PROMPT)).rows["train"]]

    run_dir, state = run_job(spec)

    assert state.plan and (state.plan.n_train, state.plan.n_dropped) == (55, 1)
    lines = [line["line"] for line in rows_of(run_dir) if line["split"] == "train"]
    assert len(lines) == 55
    assert 4 not in lines
    tfidf = state.score_of("tfidf", "test")
    assert tfidf and "on the same 55 training rows" in tfidf.note


def test_the_split_id_tells_how_many_rows_were_taken(tmp_path):
    spec = make_spec(tmp_path)
    fewer = replace(spec, eval={**spec.eval, "test_rows": 4})

    ids = [load_rows(each, parse(PROMPT)).split_id for each in (spec, fewer, spec)]

    assert ids[0] == ids[2] != ids[1]


def test_rows_of_one_class_after_the_limit_are_refused(tmp_path):
    _, state = run_job(make_spec(tmp_path, max_rows=1))

    assert failure(state).message.startswith("reviews.csv: the training rows hold only ")
    assert state.plan is None


def test_data_that_changed_since_the_run_was_asked_for_is_refused(tmp_path):
    spec = make_spec(tmp_path)
    (tmp_path / "reviews.csv").write_text(reviews(82), encoding="utf-8")

    _, state = run_job(spec)

    assert failure(state).message == (
        "reviews.csv changed after the run was asked for; start it again"
    )


@pytest.mark.parametrize("columns", [{}, {"review": "text"}], ids=["by-name", "through-columns"])
@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_file_without_a_column_of_the_prompt_is_refused(tmp_path, split, columns):
    column = columns.get("review", "review")
    spec = make_spec(tmp_path, reviews(80).replace("review,", f"{column},", 1))
    (tmp_path / "other.csv").write_text("body,sentiment\nA film,positive\n", encoding="utf-8")
    job = replace(spec, data=replace(spec.data, columns=columns))

    _, state = run_job(with_files(job, **{split: "other.csv"}))

    assert failure(state).message == (
        f'other.csv: has no column "{column}", which the prompt needs; it has body, sentiment'
    )
    assert (failure(state).path, failure(state).line) == ("other.csv", 1)


def test_a_row_that_the_chat_template_refuses_is_named(tmp_path):
    spec = make_spec(tmp_path)
    template = tmp_path / "tiny" / "chat_template.jinja"
    template.write_text("{{ raise_exception('no system turn') }}", encoding="utf-8")

    _, state = run_job(spec)

    assert failure(state).message == (
        "reviews.csv, line 4: cannot be encoded for local/tiny: the model's chat template refuses "
        "the turns: no system turn: change the roles, or set template: plain, and so it is "
        "with all of its rows"
    )


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
            'reviews.csv, line 82: "neutral" is none of the labels negative, positive' + WAY_OUT,
            82,
        ),
        (
            reviews(80) + "Film 80 is fine,\n",
            "reviews.csv, line 82: the sentiment is empty" + WAY_OUT,
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
            "put quotes around a field that holds a separator" + WAY_OUT,
            82,
        ),
        (
            reviews(4),
            "reviews.csv: has too few rows for a validation split (4 in all): add rows, or give "
            "validation a file of its own in tunesmith.data",
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
    _, state = run_job(make_spec(tmp_path, max_length=16, bad_rows="skip"))

    assert failure(state).message == (
        "reviews.csv: 56 of 56 training rows have more tokens than max_length (16): "
        "lines 4, 5, 7, 8, 9 and 51 more. Cut there, 56 would lose the token that ends the answer, "
        "56 of them the whole answer, so nothing is cut. Set max_length: 46 to keep all, or "
        "shorten the prompt"
    )


def test_a_limit_a_few_tokens_short_is_refused_with_what_it_would_cost(tmp_path):
    csv = reviews(80).replace("Film 2 ", "Film 2 " + "very " * 60)
    _, state = run_job(make_spec(tmp_path, csv, max_length=44))

    message = failure(state).message
    assert message.startswith("reviews.csv: ")
    assert " of 56 training rows have more tokens than max_length (44): lines " in message
    assert "would lose the token that ends the answer, 1 of them the whole answer" in message
    assert message.endswith(
        "Set max_length: 284 to keep all, or leave them out: bad_rows: skip in tunesmith.train"
    )
    assert state.plan is None
    whole = make_spec(tmp_path, csv, max_length=284)
    rows = load_rows(whole, parse(PROMPT))
    encoder = Encoder.load(tmp_path / "tiny")
    assert prepare(whole, parse(PROMPT), rows, encoder, lambda: None).faults == ()


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


def test_a_run_can_be_cancelled_while_its_rows_are_encoded(tmp_path):
    spec = make_spec(tmp_path)
    asked = []

    def check():
        asked.append(1)
        if len(asked) == 3:
            raise JobCancelled

    rows = load_rows(spec, parse(PROMPT))
    with pytest.raises(JobCancelled):
        prepare(spec, parse(PROMPT), rows, Encoder.load(tmp_path / "tiny"), check)
