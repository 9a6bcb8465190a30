"""Every prediction of a run, to `predictions.jsonl`, and the scores that follow from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import TextIOWrapper

from tunesmith.data.table import Row as DataRow
from tunesmith.engine.evaluate import Prediction, Watch, to_scores
from tunesmith.engine.reporter import Reporter
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Evaluation, Row, Split


@dataclass(frozen=True, kw_only=True)
class PredictionLine:
    """One line of `predictions.jsonl`; every score of a run can be computed again from them."""

    model: str
    split: Split
    step: int | None
    """Training step, for a look at validation rows on the way; 0 before the first one."""
    row_id: str
    file: str
    """Relative to the workspace."""
    line: int
    target: str
    predicted: str
    probabilities: dict[str, float]
    """By label."""


class Scoreboard:
    """Writes predictions and reports what they are worth."""

    def __init__(
        self,
        reporter: Reporter,
        file: TextIOWrapper,
        *,
        labels: Sequence[str],
        metrics: Sequence[str],
        should_stop: Callable[[], bool],
    ) -> None:
        self._reporter = reporter
        self._file = file
        self._labels = labels
        self._metrics = metrics
        self._should_stop = should_stop

    def quiet(self) -> Watch:
        """Follows an evaluation only to end it when the job is cancelled."""
        return Watch(should_stop=self._should_stop)

    def live(self, model: str, split: Split) -> Watch:
        """Reports each prediction as it comes."""

        def report(prediction: Prediction) -> None:
            self._reporter.emit(
                Row(
                    model=model,
                    split=split,
                    row_id=prediction.row_id,
                    target=prediction.target,
                    predicted=prediction.predicted,
                    probability=prediction.probability,
                )
            )

        return Watch(on_prediction=report, should_stop=self._should_stop)

    def add(
        self,
        model: str,
        split: Split,
        predictions: Sequence[Prediction],
        *,
        rows: Sequence[DataRow],
        path: str,
        step: int | None = None,
        note: str = "",
    ) -> Evaluation:
        """Write the predictions on `rows` of the file `path`, and report their scores."""
        for row, prediction in zip(rows, predictions, strict=True):
            line = PredictionLine(
                model=model,
                split=split,
                step=step,
                row_id=prediction.row_id,
                file=path,
                line=row.line,
                target=prediction.target,
                predicted=prediction.predicted,
                probabilities=dict(zip(self._labels, prediction.probabilities, strict=True)),
            )
            self._file.write(dumps(line) + "\n")
        self._file.flush()
        evaluation = Evaluation(
            model=model,
            split=split,
            step=step,
            n_rows=len(predictions),
            scores=to_scores(predictions, self._metrics),
            note=note,
        )
        self._reporter.emit(evaluation)
        return evaluation
