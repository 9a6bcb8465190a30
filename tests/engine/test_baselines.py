"""The yardsticks: what they choose, and on which rows."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from asking import LABELS, make_asker, make_examples, to_questions

from tiny import write_tiny_model
from tunesmith.engine.baselines import prompted
from tunesmith.engine.baselines.majority import fit_majority
from tunesmith.engine.baselines.prompted import fit_prompted
from tunesmith.engine.baselines.tfidf import fit_tfidf
from tunesmith.engine.evaluate import Interrupted, Prediction, Watch, predict
from tunesmith.engine.example import Asker, Example
from tunesmith.engine.models import LoadedModel, load_model


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_model(write_tiny_model(tmp_path_factory.mktemp("tiny")), "cpu", dtype=torch.float32)


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Asker:
    return make_asker(write_tiny_model(tmp_path_factory.mktemp("tiny")))


def review(example: Example) -> str:
    return str(example.values["review"])


def test_majority_is_the_commonest_class_of_train_not_of_test() -> None:
    train = make_examples(5)
    test = [row for row in make_examples(8) if row.target == "positive"]

    majority = fit_majority(train, LABELS)

    assert majority.note == 'always "negative"'
    found = majority.predict(test, Watch())
    assert {(row.predicted, row.probabilities) for row in found} == {("negative", (0.6, 0.4))}


def test_tfidf_learns_from_the_training_rows() -> None:
    seen: list[Prediction] = []

    tfidf = fit_tfidf(make_examples(40), make_examples(10, first=40), LABELS, review, Watch())
    found = tfidf.predict(make_examples(20, first=50), Watch(on_prediction=seen.append))

    assert [row.predicted for row in found] == [row.target for row in make_examples(20, first=50)]
    assert found == seen
    assert "on the same 40 training rows; C=0.3 of 5 chosen on 10 validation rows" in tfidf.note


def test_tfidf_gives_a_label_without_training_rows_no_chance() -> None:
    labels = ("mixed", *LABELS)

    tfidf = fit_tfidf(make_examples(40), make_examples(10), labels, review, Watch())

    assert {row.probabilities[0] for row in tfidf.predict(make_examples(4), Watch())} == {0.0}


def test_tfidf_can_be_interrupted_between_two_fits() -> None:
    asked: list[int] = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(Interrupted):
        fit_tfidf(make_examples(8), [], LABELS, review, Watch(should_stop=should_stop))


def test_the_prompted_base_picks_on_validation_and_says_what(
    loaded: LoadedModel, asker: Asker
) -> None:
    train, validation = make_examples(12), make_examples(10, first=20)
    test = make_examples(6, first=40)
    seen: list[Prediction] = []

    best = fit_prompted(loaded, asker, train, validation, seed=0, watch=Watch())
    found = best.predict(test, Watch(on_prediction=seen.append))

    assert "best of 9 on 10 validation rows (accuracy 0." in best.note
    assert [row.row_id for row in found] == [row.row_id for row in test]
    assert sorted(seen, key=lambda row: row.row_id) == found
    again = fit_prompted(loaded, asker, train, validation, seed=0, watch=Watch())
    assert (again.note, again.predict(test, Watch())) == (best.note, found)


def test_calibration_makes_inputs_that_say_nothing_even(loaded: LoadedModel, asker: Asker) -> None:
    examples = make_examples(4)
    blank = [replace(examples[0], values={"review": text}) for text in ("N/A", "", "[MASK]")]
    plain = predict(loaded, to_questions(asker, blank), LABELS)
    means = [sum(row.probabilities[i] for row in plain) / 3 for i in range(2)]

    content_free = prompted._content_free(asker, examples)
    weights = prompted._even_weights(plain)

    assert content_free == [replace(row, row_id=row.values["review"], target="") for row in blank]
    assert weights == pytest.approx([1 / mean for mean in means])
    even = prompted._reweigh(replace(plain[0], probabilities=tuple(means)), LABELS, weights)
    assert even.probabilities == pytest.approx((0.5, 0.5))


def test_calibration_can_turn_a_prediction() -> None:
    row = Prediction(row_id="1", target="negative", predicted="positive", probabilities=(0.3, 0.7))

    turned = prompted._reweigh(row, LABELS, (1 / 0.1, 1 / 0.9))

    # 0.3 / 0.1 = 3 against 0.7 / 0.9 = 0.78.
    assert turned.predicted == "negative"
    assert turned.probabilities == pytest.approx((0.794, 0.206), abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_demonstrations_are_balanced_over_the_classes(seed: int) -> None:
    many_negative = [
        row for row in make_examples(40) if row.target == "negative" or row.row_id < "2"
    ]

    drawn = prompted._draw_balanced(many_negative, random.Random(seed))

    assert sorted(row.target for row in drawn) == ["negative", "negative", "positive", "positive"]
    assert len({row.row_id for row in drawn}) == 4


def test_fewer_rows_than_demonstrations() -> None:
    assert len(prompted._draw_balanced(make_examples(3), random.Random(0))) == 3


def test_demonstrations_that_leave_no_room_are_left_out(loaded: LoadedModel, asker: Asker) -> None:
    long = [replace(row, values={"review": "a long review " * 30}) for row in make_examples(8)]

    best = fit_prompted(loaded, asker, long, make_examples(4), seed=0, watch=Watch())

    assert best.note.startswith("prompt as it stands")
    assert "best of 3 on 4 validation rows" in best.note


def test_a_candidate_that_the_chat_template_refuses_is_left_out(
    loaded: LoadedModel, tmp_path: Path
) -> None:
    spec = write_tiny_model(tmp_path)
    template = tmp_path / "chat_template.jinja"
    no_history = "{% if messages | length > 3 %}{{ raise_exception('two turns') }}{% endif %}"
    template.write_text(no_history + template.read_text(encoding="utf-8"), encoding="utf-8")

    best = fit_prompted(
        loaded, make_asker(spec), make_examples(8), make_examples(4), seed=0, watch=Watch()
    )

    assert "best of 3 on 4 validation rows" in best.note


def test_encoding_the_rows_of_a_candidate_can_be_interrupted(asker: Asker) -> None:
    asked: list[int] = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) == 5

    with pytest.raises(Interrupted):
        prompted._ask(asker, make_examples(8), (), Watch(should_stop=should_stop))

    assert len(asked) == 5


def test_choosing_can_be_interrupted(loaded: LoadedModel, asker: Asker) -> None:
    with pytest.raises(Interrupted):
        fit_prompted(
            loaded,
            asker,
            make_examples(8),
            make_examples(8),
            seed=0,
            watch=Watch(should_stop=lambda: True),
        )


def test_a_prompt_that_is_all_value_can_be_calibrated(loaded: LoadedModel, tmp_path: Path) -> None:
    text = '{{role "system"}}Say how it is.{{role "user"}}{{review}}'
    bare = make_asker(write_tiny_model(tmp_path), text)

    best = fit_prompted(loaded, bare, make_examples(8), make_examples(4), seed=0, watch=Watch())

    assert "best of 9" in best.note
