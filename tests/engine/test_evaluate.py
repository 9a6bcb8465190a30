"""Rows through the prompt to predictions and scores."""

from pathlib import Path

import pytest
import torch
from asking import LABELS, make_asker, make_examples, to_questions

from tiny import write_tiny_model
from tunesmith.data.table import Row
from tunesmith.engine.evaluate import (
    Interrupted,
    Prediction,
    Watch,
    predict,
    to_prediction,
    to_scores,
)
from tunesmith.engine.example import Asker, Example, target_names, to_examples
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.wire.spec import DataSpec


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="module")
def loaded(folder: Path) -> LoadedModel:
    return load_model(write_tiny_model(folder), "cpu", dtype=torch.float32)


@pytest.fixture(scope="module")
def asker(folder: Path) -> Asker:
    return make_asker(write_tiny_model(folder))


def test_predictions_come_in_the_order_of_the_rows(loaded: LoadedModel, asker: Asker) -> None:
    examples = make_examples(20)
    examples[3] = Example(row_id="long", values={"review": "good " * 30}, target="positive")
    seen: list[Prediction] = []

    predictions = predict(
        loaded, to_questions(asker, examples), LABELS, Watch(on_prediction=seen.append)
    )

    assert [row.row_id for row in predictions] == [example.row_id for example in examples]
    assert seen[-1].row_id == "long"
    assert sorted(seen, key=lambda row: row.row_id) == sorted(
        predictions, key=lambda row: row.row_id
    )
    for row in predictions:
        assert sum(row.probabilities) == pytest.approx(1)
        assert row.predicted == LABELS[row.probabilities.index(row.probability)]


def test_a_caller_can_stop_between_rows(loaded: LoadedModel, asker: Asker) -> None:
    seen: list[Prediction] = []
    watch = Watch(on_prediction=seen.append, should_stop=lambda: len(seen) == 3)

    with pytest.raises(Interrupted):
        predict(loaded, to_questions(asker, make_examples(10)), LABELS, watch)

    assert len(seen) == 3


def test_a_model_in_training_is_scored_in_eval_mode_and_goes_on_training(
    loaded: LoadedModel, asker: Asker
) -> None:
    modes: list[bool] = []
    watch = Watch(on_prediction=lambda _: modes.append(loaded.model.training))
    loaded.model.train()

    predict(loaded, to_questions(asker, make_examples(2)), LABELS, watch)

    assert modes == [False, False]
    assert loaded.model.training
    loaded.model.eval()


def test_the_first_label_wins_a_tie() -> None:
    row = make_examples(1)[0]

    assert to_prediction(row, LABELS, (0.5, 0.5)).predicted == "negative"


def test_scores_carry_their_intervals() -> None:
    row = make_examples(1)[0]
    predictions = [to_prediction(row, LABELS, (0.9, 0.1))] * 9
    predictions.append(to_prediction(row, LABELS, (0.1, 0.9)))

    accuracy, macro_f1 = to_scores(predictions, ["accuracy", "macro-f1"])

    assert (accuracy.metric, accuracy.value) == ("accuracy", 0.9)
    assert (round(accuracy.low, 3), round(accuracy.high, 3)) == (0.596, 0.982)
    # F1 of negative: 2*9/(10+9); positive is predicted once and never right.
    assert macro_f1.value == pytest.approx(18 / 19 / 2)


def test_the_target_has_no_part_in_the_question(asker: Asker) -> None:
    data = DataSpec(
        train="a.csv",
        target="label",
        columns={"review": "text", "sentiment": "label"},
        labels=LABELS,
        fingerprint="",
    )
    row = Row(row_id="7", line=8, values={"text": "good film", "label": "positive"})

    (example,) = to_examples([row], data)

    assert target_names(data) == {"label", "sentiment"}
    assert example == Example(
        row_id="7", values={"text": "good film", "review": "good film"}, target="positive"
    )
    assert "positive" not in asker.encoder.decode(asker.choice(example).prompt)


def test_a_question_is_the_chat_up_to_the_answer(asker: Asker) -> None:
    choice = asker.choice(make_examples(1)[0])

    decode = asker.encoder.decode
    assert decode(choice.prompt, keep_control=True) == (
        "<|im_start|>system\nSay how the review is.<|im_end|>\n"
        "<|im_start|>user\nReview: a bad film, number 0<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert [decode(answer, keep_control=True) for answer in choice.answers] == [
        "negative<|im_end|>",
        "positive<|im_end|>",
    ]


def test_demonstrations_are_turns_before_the_row(asker: Asker) -> None:
    row, demonstration = make_examples(2)

    choice = asker.choice(row, history=asker.demonstration(demonstration))

    assert asker.encoder.decode(choice.prompt, keep_control=True) == (
        "<|im_start|>system\nSay how the review is.<|im_end|>\n"
        "<|im_start|>user\nReview: a good film, number 1<|im_end|>\n"
        "<|im_start|>assistant\npositive<|im_end|>\n"
        "<|im_start|>user\nReview: a bad film, number 0<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_a_formatted_target_is_formatted_for_every_label(loaded: LoadedModel, folder: Path) -> None:
    text = (
        '{{role "user"}}Review: {{review}}'
        '{{#if sentiment}}{{role "model"}}It is {{sentiment}}.{{/if}}'
    )
    asker = make_asker(write_tiny_model(folder), text)
    row = make_examples(1)[0]

    choice = asker.choice(row)

    decode = asker.encoder.decode
    assert [decode(answer) for answer in choice.answers] == ["It is negative.", "It is positive."]
    assert decode(choice.prompt).endswith("Review: a bad film, number 0\nassistant\n")
    assert predict(loaded, to_questions(asker, [row]), LABELS)[0].predicted in LABELS


def test_the_input_text_is_what_the_row_adds(asker: Asker) -> None:
    assert asker.input_text(make_examples(1)[0]) == "a bad film, number 0"
