"""The best that prompting alone gets out of the base model.

Candidates are the prompt as it stands, and with four demonstrations from the training rows (two
draws of them); each also with contextual calibration (Zhao et al. 2021, arXiv 2102.09690), where
the probabilities of a label are divided by what the model gives it for inputs that say nothing,
and with batch calibration (Zhou et al. 2023, arXiv 2309.17249), where they are divided by what it
gives it for the validation rows on average. The candidate with the best accuracy on validation is
the one that meets the test rows.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from tunesmith.engine.baselines.base import Yardstick, accuracy
from tunesmith.engine.evaluate import (
    Prediction,
    Question,
    Watch,
    predict,
    to_prediction,
    to_question,
)
from tunesmith.engine.example import Asker, Example
from tunesmith.engine.models import LoadedModel
from tunesmith.prompt.encode import EncodeError
from tunesmith.prompt.output import Message, RenderError

N_DEMONSTRATIONS = 4
N_DRAWS = 2
CONTENT_FREE = ("N/A", "", "[MASK]")

Weights = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """One way to ask, and how well it did on validation."""

    name: str
    history: tuple[Message, ...]
    weights: Weights | None
    """What each label's probability is multiplied with; None leaves them as they are."""
    accuracy: float


def fit_prompted(
    loaded: LoadedModel,
    asker: Asker,
    train: Sequence[Example],
    validation: Sequence[Example],
    *,
    seed: int,
    watch: Watch,
) -> Yardstick:
    """Try every candidate on validation. Raises Interrupted."""
    quiet = replace(watch, on_prediction=lambda _: None)
    candidates = [
        candidate
        for name, history in _histories(asker, train, seed)
        if _fits(loaded, asker, validation, history, quiet)
        for candidate in _calibrated(loaded, asker, validation, name, history, quiet)
    ]
    best = max(candidates, key=lambda candidate: candidate.accuracy)

    def predict_test(examples: Sequence[Example], watch: Watch) -> list[Prediction]:
        def pass_on(prediction: Prediction) -> None:
            watch.on_prediction(_reweigh(prediction, asker.labels, best.weights))

        passing = replace(watch, on_prediction=pass_on)
        plain = _predict(loaded, asker, examples, best.history, passing)
        return [_reweigh(prediction, asker.labels, best.weights) for prediction in plain]

    note = (
        f"{best.name}: best of {len(candidates)} on {len(validation)} validation rows "
        f"(accuracy {best.accuracy:.2f} there)"
    )
    return Yardstick(name="prompted", note=note, predict=predict_test)


def _histories(
    asker: Asker, train: Sequence[Example], seed: int
) -> Iterator[tuple[str, tuple[Message, ...]]]:
    yield "prompt as it stands", ()
    if not (train and asker.asks_user(train[0])):
        return
    for draw in range(N_DRAWS):
        rows = _draw_balanced(train, random.Random(f"demonstrations {seed} {draw}"))
        turns = [turn for row in rows for turn in asker.demonstration(row)]
        ids = ", ".join(row.row_id for row in rows)
        yield f"{len(rows)} demonstrations (training rows {ids})", tuple(turns)


def _draw_balanced(train: Sequence[Example], chance: random.Random) -> list[Example]:
    """Rows of as many classes as possible, in random order."""
    by_class: dict[str, list[Example]] = {}
    for example in train:
        by_class.setdefault(example.target, []).append(example)
    for rows in by_class.values():
        chance.shuffle(rows)
    classes = sorted(by_class)
    chance.shuffle(classes)
    drawn: list[Example] = []
    while len(drawn) < min(N_DEMONSTRATIONS, len(train)):
        drawn += [by_class[name].pop() for name in classes if by_class[name]]
    drawn = drawn[:N_DEMONSTRATIONS]
    chance.shuffle(drawn)
    return drawn


def _fits(
    loaded: LoadedModel,
    asker: Asker,
    validation: Sequence[Example],
    history: tuple[Message, ...],
    watch: Watch,
) -> bool:
    """Whether the chat template takes the demonstrations, and they leave room for the rows."""
    if not history:
        return True
    try:
        questions = _ask(asker, validation, history, watch)
    except EncodeError:
        return False
    limit = getattr(loaded.base.config, "max_position_embeddings", None)
    return limit is None or all(len(question.choice.prompt) < limit for question in questions)


def _calibrated(
    loaded: LoadedModel,
    asker: Asker,
    validation: Sequence[Example],
    name: str,
    history: tuple[Message, ...],
    watch: Watch,
) -> Iterator[_Candidate]:
    plain = _predict(loaded, asker, validation, history, watch)
    ways: dict[str, Weights | None] = {name: None}
    # A chat template may refuse a turn that is empty, and a helper a value that says nothing.
    with suppress(EncodeError, RenderError):
        blank = _predict(loaded, asker, _content_free(asker, validation), history, watch)
        ways[f"{name}, calibrated on empty inputs"] = _even_weights(blank)
    ways[f"{name}, calibrated on the validation rows"] = _even_weights(plain)
    for full_name, weights in ways.items():
        score = accuracy([_reweigh(row, asker.labels, weights) for row in plain])
        yield _Candidate(name=full_name, history=history, weights=weights, accuracy=score)


def _content_free(asker: Asker, validation: Sequence[Example]) -> list[Example]:
    names = validation[0].values if validation else {}
    rows = [
        Example(row_id=text, values=dict.fromkeys(names, text), target="") for text in CONTENT_FREE
    ]
    # A prompt that is all value has no turn left for the empty input, and nothing to ask.
    return [row for row in rows if asker.asks_user(row)] or rows[:1]


def _even_weights(predictions: Sequence[Prediction]) -> Weights:
    """What makes the labels equally probable on average over `predictions`."""
    columns = zip(*(prediction.probabilities for prediction in predictions), strict=True)
    return tuple(len(predictions) / max(sum(column), 1e-9) for column in columns)


def _predict(
    loaded: LoadedModel,
    asker: Asker,
    examples: Sequence[Example],
    history: tuple[Message, ...],
    watch: Watch,
) -> list[Prediction]:
    return predict(loaded, _ask(asker, examples, history, watch), asker.labels, watch)


def _ask(
    asker: Asker, examples: Sequence[Example], history: tuple[Message, ...], watch: Watch
) -> list[Question]:
    questions: list[Question] = []
    for row in examples:
        watch.check()
        questions.append(to_question(asker, row, history))
    return questions


def _reweigh(prediction: Prediction, labels: Sequence[str], weights: Weights | None) -> Prediction:
    if weights is None:
        return prediction
    raw = [p * weight for p, weight in zip(prediction.probabilities, weights, strict=True)]
    return to_prediction(prediction, labels, [value / sum(raw) for value in raw])
