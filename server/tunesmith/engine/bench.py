"""All that the parts of one job share: its rows as questions, its model, and where results go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import TypeVar

from tunesmith.catalog.tasks import Task
from tunesmith.data.table import Row
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.evaluate import Prediction, Question, Watch, predict, to_question
from tunesmith.engine.example import Asker, Example, target_names, to_examples
from tunesmith.engine.job_data import JobError, JobRows, refuse_one_class, text_hash
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.progress import Judgement
from tunesmith.engine.reporter import Reporter
from tunesmith.engine.scoreboard import Scoreboard
from tunesmith.prompt.encode import Encoded, EncodeError, Encoder
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.render import RenderError
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Evaluation, Split
from tunesmith.wire.run_dir import RunDir, write_atomically
from tunesmith.wire.spec import JobSpec

Made = TypeVar("Made")

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class RowLine:
    """One line of `rows.jsonl`: a row that the job used, recognisable without its text."""

    split: Split
    row_id: str
    file: str
    line: int
    text_sha256: str
    """Of the row's input, as it is compared with other rows."""
    row_hash: str
    """Of the token ids and the mask."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """The rows of a job, through the prompt and the tokenizer; no training row is too long."""

    rows: JobRows
    n_dropped: int
    """Training rows that were too long."""
    asker: Asker
    encoder: Encoder
    examples: Mapping[Split, Sequence[Example]]
    questions: Mapping[Split, Sequence[Question]]
    encoded: Mapping[Split, Sequence[Encoded]]
    """Each row with its right answer."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A job that is ready to score and to train."""

    spec: JobSpec
    run_dir: RunDir
    task: Task
    material: Material
    loaded: LoadedModel
    reporter: Reporter
    switch: CancelSwitch
    board: Scoreboard

    def score(
        self, model: str, split: Split, predictions: Sequence[Prediction], **more: str | int
    ) -> Evaluation:
        """Put predictions on a split's rows on the board; `more` is its step or its note."""
        rows = self.material.rows
        return self.board.add(
            model,
            split,
            predictions,
            rows=rows.rows[split],
            path=rows.paths[split],
            **more,  # pyright: ignore[reportArgumentType]
        )

    def predict(self, loaded: LoadedModel, split: Split, watch: Watch) -> list[Prediction]:
        """Ask a model about the rows of a split. Raises Interrupted."""
        return predict(loaded, self.material.questions[split], self.spec.data.labels, watch)

    def judgement(self, evaluation: Evaluation, predictions: Sequence[Prediction]) -> Judgement:
        """What decides between two steps."""
        labels = self.spec.data.labels
        logs = [
            log(max(prediction.probabilities[labels.index(prediction.target)], 1e-12))
            for prediction in predictions
        ]
        decisive = self.task.metrics[0]
        score = next(score for score in evaluation.scores if score.metric == decisive)
        return Judgement(score=score.value, log_likelihood=sum(logs) / len(logs))


def prepare(
    spec: JobSpec, prompt: Prompt, rows: JobRows, encoder: Encoder, check_cancel: Callable[[], None]
) -> Material:
    """Render and encode all rows, and leave out those that are too long to train on.

    `check_cancel` is called before each row, and may raise. Raises JobError where a row cannot be
    rendered or encoded, or where too few are left to train on.
    """
    asker = Asker(
        prompt=prompt,
        partials=spec.prompt.partials,
        encoder=encoder,
        template=spec.template,
        labels=spec.data.labels,
        target_names=target_names(spec.data),
    )
    examples: dict[Split, list[Example]] = {
        split: to_examples(rows.rows[split], spec.data) for split in SPLITS
    }

    def of_each(split: Split, make: Callable[[Example], Made]) -> list[Made]:
        made: list[Made] = []
        for row, example in zip(rows.rows[split], examples[split], strict=True):
            check_cancel()
            try:
                made.append(make(example))
            except RenderError as error:
                raise _blame_prompt(spec, prompt, error) from error
            except EncodeError as error:
                raise _blame_row(spec, rows.paths[split], row, error) from error
        return made

    encoded: dict[Split, list[Encoded]] = {split: of_each(split, asker.encoded) for split in SPLITS}
    questions: dict[Split, list[Question]] = {
        split: of_each(split, lambda example: to_question(asker, example)) for split in SPLITS[1:]
    }
    short = _short_enough(spec, encoded["train"])
    fitting = tuple(rows.rows["train"][index] for index in short)
    refuse_one_class(spec.data, fitting)
    return Material(
        rows=replace(rows, rows={**rows.rows, "train": fitting}),
        n_dropped=len(encoded["train"]) - len(short),
        asker=asker,
        encoder=encoder,
        examples={**examples, "train": [examples["train"][index] for index in short]},
        questions=questions,
        encoded={**encoded, "train": [encoded["train"][index] for index in short]},
    )


def _blame_prompt(spec: JobSpec, prompt: Prompt, error: RenderError) -> JobError:
    line = LineIndex(prompt.text).position(error.span.start)[0] + 1
    message = f"{spec.prompt.path}, line {line}: {error}"
    return JobError(message, path=spec.prompt.path, line=line)


def _blame_row(spec: JobSpec, path: str, row: Row, error: EncodeError) -> JobError:
    message = f"{path}, line {row.line}: cannot be encoded for {spec.model.name}: {error}"
    return JobError(message, path=path, line=row.line)


def _short_enough(spec: JobSpec, encoded: Sequence[Encoded]) -> list[int]:
    """Which training rows have no more tokens than allowed."""
    max_length = int(spec.train["max_length"])
    lengths = [len(row.ids) for row in encoded]
    if min(lengths) > max_length:
        path = spec.data.train
        message = (
            f"{path}: all {len(lengths)} training rows are longer than max_length: "
            f"{max_length} tokens; the shortest has {min(lengths)}. Raise max_length in "
            "tunesmith.train, or shorten the prompt"
        )
        raise JobError(message, path=path)
    return [index for index, length in enumerate(lengths) if length <= max_length]


def write_rows(run_dir: RunDir, material: Material) -> None:
    """Write `rows.jsonl`."""
    lines = [
        RowLine(
            split=split,
            row_id=row.row_id,
            file=material.rows.paths[split],
            line=row.line,
            text_sha256=text_hash(material.rows.text_of(row)),
            row_hash=encoded.row_hash,
        )
        for split in SPLITS
        for row, encoded in zip(material.rows.rows[split], material.encoded[split], strict=True)
    ]
    write_atomically(run_dir.rows_path, "".join(dumps(line) + "\n" for line in lines))
