"""Predictions of a model on rows, and how good they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunesmith.engine.example import Asker, Example
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.score import Choice, score_choices
from tunesmith.metrics.registry import METRICS
from tunesmith.prompt.output import Message
from tunesmith.wire.events import Score


class Interrupted(Exception):
    """The caller's `should_stop` said so."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a model says about one row."""

    row_id: str
    target: str
    predicted: str
    probabilities: tuple[float, ...]
    """Of the labels, in their order; they add up to 1."""

    @property
    def probability(self) -> float:
        """Of the predicted label."""
        return max(self.probabilities)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A row that is encoded and ready to be asked about."""

    row_id: str
    target: str
    choice: Choice


@dataclass(frozen=True, kw_only=True)
class Watch:
    """How a caller follows a long evaluation, and ends it."""

    on_prediction: Callable[[Prediction], None] = lambda _: None
    """Called as results come, which is not in the order of the rows."""
    should_stop: Callable[[], bool] = lambda: False
    """Asked between batches."""

    def check(self) -> None:
        """Raise Interrupted once the caller wants it to end."""
        if self.should_stop():
            raise Interrupted


def to_question(asker: Asker, example: Example, history: Sequence[Message] = ()) -> Question:
    """Encode a row for `predict`. Raises RenderError, EncodeError."""
    choice = asker.choice(example, history)
    return Question(row_id=example.row_id, target=example.target, choice=choice)


def predict(
    loaded: LoadedModel,
    questions: Sequence[Question],
    labels: Sequence[str],
    watch: Watch | None = None,
) -> list[Prediction]:
    """The most probable label of each question, in order. Raises Interrupted."""
    watch = watch or Watch()
    found: dict[int, Prediction] = {}
    was_training = loaded.model.training
    loaded.model.eval()
    try:
        choices = [question.choice for question in questions]
        for index, probabilities in score_choices(loaded, choices):
            found[index] = to_prediction(questions[index], labels, probabilities)
            watch.on_prediction(found[index])
            watch.check()
    finally:
        loaded.model.train(was_training)
    return [found[index] for index in range(len(questions))]


def to_prediction(
    row: Question | Example | Prediction, labels: Sequence[str], probabilities: Sequence[float]
) -> Prediction:
    """The label with the largest probability; the first of equals."""
    best = max(range(len(labels)), key=lambda i: probabilities[i])
    return Prediction(
        row_id=row.row_id,
        target=row.target,
        predicted=labels[best],
        probabilities=tuple(probabilities),
    )


def to_scores(predictions: Sequence[Prediction], metrics: Sequence[str]) -> tuple[Score, ...]:
    """Each metric, with its interval."""
    targets = [prediction.target for prediction in predictions]
    predicted = [prediction.predicted for prediction in predictions]
    return tuple(METRICS[name].score(targets, predicted) for name in metrics)
