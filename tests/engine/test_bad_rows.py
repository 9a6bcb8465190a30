"""Rows that cannot be used: they end the job, or are left out and listed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from small_job import PROMPT, failure, make_spec, reviews, rows_of, run_job, with_files
from tunesmith.engine.bench import Material, prepare
from tunesmith.engine.job_data import load_rows
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.parse import parse
from tunesmith.wire.events import Warned

BAD = reviews(80).replace("Film 2 ", "Film 2 " + "very " * 60) + (
    "Film 80 is fine,neutral\nFilm 81 is dull,\nFilm, 82, is bad,negative\n"
)


def material_of(spec) -> Material:
    prompt = parse(spec.prompt.text)
    encoder = Encoder.load(Path(spec.model.path))
    return prepare(spec, prompt, load_rows(spec, prompt), encoder, lambda: None)


def test_rows_that_are_skipped_are_listed_and_counted(tmp_path):
    spec = make_spec(tmp_path, BAD, epochs=1, max_length=100, bad_rows="skip")

    run_dir, state = run_job(spec)

    assert state.status == "finished"
    assert state.plan and (state.plan.n_dropped, state.plan.n_skipped) == (1, 3)
    assert state.plan.n_steps == 7
    skipped = [json.loads(line) for line in run_dir.skipped_path.read_text().splitlines()]
    assert [(line["file"], line["line"], line["kind"], line["reason"]) for line in skipped] == [
        (
            "reviews.csv",
            82,
            "mislabelled",
            '"neutral" is none of the labels negative, positive',
        ),
        ("reviews.csv", 83, "unlabelled", "the sentiment is empty"),
        (
            "reviews.csv",
            84,
            "broken",
            "4 fields where the first line names 2 (review, sentiment): "
            "put quotes around a field that holds a separator",
        ),
        ("reviews.csv", 4, "long", "284 tokens, more than max_length (100)"),
    ]
    assert not {4, 82, 83, 84} & {line["line"] for line in rows_of(run_dir)}


def test_rows_that_end_a_job_are_told_with_counts(tmp_path):
    _, state = run_job(make_spec(tmp_path, BAD))

    assert failure(state).message.startswith(
        "3 rows cannot be used (1 broken, 1 without a label, 1 with an unknown label): "
        'reviews.csv, line 82: "neutral" is none of the labels negative, positive; '
    )
    assert (failure(state).path, failure(state).line) == ("reviews.csv", 82)


def test_a_file_without_a_single_good_row_is_refused_whatever_is_skipped(tmp_path):
    csv = "review,sentiment\nGood,fine\nBad,poor\n"
    _, state = run_job(make_spec(tmp_path, csv, bad_rows="skip"))

    assert failure(state).message.startswith(
        'reviews.csv: none of its rows can be used: reviews.csv, line 2: "fine" is none of'
    )


def test_a_row_that_only_some_templates_take_is_a_bad_row(tmp_path):
    spec = make_spec(tmp_path, reviews(80).replace("Film 2 ", "Film two "), bad_rows="skip")
    refuses = "{% if 'Film two' in messages[-1]['content'] %}{{ raise_exception('no') }}{% endif %}"
    path = tmp_path / "tiny" / "chat_template.jinja"
    path.write_text(refuses + path.read_text(encoding="utf-8"), encoding="utf-8")

    material = material_of(spec)

    assert [(fault.line, fault.kind) for fault in material.faults] == [(4, "unencoded")]
    _, state = run_job(make_spec_again(spec, bad_rows="stop"))
    assert failure(state).message.endswith(
        ". Mend it, or leave it out: bad_rows: skip in tunesmith.train"
    )


def make_spec_again(spec, **train):
    return replace(spec, train={**spec.train, **train})


def test_a_prompt_that_cannot_be_rendered_is_to_blame_and_not_the_rows(tmp_path):
    spec = make_spec(tmp_path, bad_rows="skip")
    prompt = replace(spec.prompt, text=PROMPT + "{{> gone}}")

    _, state = run_job(replace(spec, prompt=prompt))

    assert failure(state).message.startswith("reviews.prompt, line ")
    assert failure(state).path == "reviews.prompt"


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_row_longer_than_the_context_is_refused_in_every_split(tmp_path, split):
    spec = make_spec(tmp_path, reviews(80).replace("Film 2 ", "Film 2 " + "very " * 200))
    spec = make_spec_again(spec, max_length=100_000)
    if split == "test":
        long = tmp_path / "test.csv"
        long.write_text("review,sentiment\nOther " + "very " * 200 + ",positive\n")
        (tmp_path / "reviews.csv").write_text(reviews(80))
        spec = with_files(spec, test="test.csv")

    _, state = run_job(spec)

    message = failure(state).message
    assert " more tokens than the context of local/tiny (512): line " in message
    assert "1 of " in message
    advice = "leave them out: bad_rows: skip" if split == "train" else "shorten the prompt"
    assert f"take a base with a longer context, or {advice}" in message


def test_a_test_row_that_is_left_out_makes_another_split(tmp_path):
    spec = make_spec(tmp_path, bad_rows="skip")
    (tmp_path / "test.csv").write_text(
        "review,sentiment\nOther " + "very " * 200 + ",positive\nPoor one,negative\n"
    )
    whole, short = material_of(spec), material_of(with_files(spec, test="test.csv"))

    assert len(short.rows.rows["test"]) == len(short.questions["test"]) == 1
    assert short.n_skipped == 1
    assert short.rows.split_id != whole.rows.split_id


def test_fewer_rows_than_a_batch_are_one_smaller_batch_and_said(tmp_path):
    run_dir, state = run_job(make_spec(tmp_path, reviews(20), epochs=2, batch_size=64))

    said = [r.event.message for r in run_dir.read_records() if isinstance(r.event, Warned)]
    assert "reviews.csv: 14 training rows are fewer than batch_size: 64" in " ".join(said)
    assert state.status == "finished"
    assert state.plan and state.plan.n_steps == 2
