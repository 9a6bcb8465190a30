"""All that the parts of one job share: its rows as questions, its model, and where results go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

from tunesmith.catalog.tasks import Task
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.evaluate import Prediction, Question, Watch, predict, to_questions
from tunesmith.engine.example import Asker, Example, target_names, to_examples
from tunesmith.engine.job_data import JobError, JobRows, text_hash
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.reporter import Reporter
from tunesmith.engine.scoreboard import Scoreboard
from tunesmith.engine.train import Judgement
from tunesmith.prompt.encode import Encoded, Encoder
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.render import RenderError
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Evaluation, Split
from tunesmith.wire.run_dir import RunDir, write_atomically
from tunesmith.wire.spec import JobSpec

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
    """The rows of a job, through the prompt and the tokenizer."""

    rows: JobRows
    asker: Asker
    encoder: Encoder
    examples: Mapping[Split, Sequence[Example]]
    questions: Mapping[Split, Sequence[Question]]
    encoded: Mapping[Split, Sequence[Encoded]]
    """Each row with its right answer."""

    def train_rows(self, max_length: int) -> list[Encoded]:
        """Those short enough to learn from. Raises JobError where there are none."""
        lengths = [len(row.ids) for row in self.encoded["train"]]
        if min(lengths) > max_length:
            path = self.rows.paths["train"]
            message = (
                f"{path}: all {len(lengths)} training rows are longer than max_length: "
                f"{max_length} tokens; the shortest has {min(lengths)}. Raise max_length in "
                "tunesmith.train, or shorten the prompt"
            )
            raise JobError(message, path=path, line=self.rows.rows["train"][0].line)
        return [row for row in self.encoded["train"] if len(row.ids) <= max_length]


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


def prepare(spec: JobSpec, prompt: Prompt, rows: JobRows, encoder: Encoder) -> Material:
    """Render and encode all rows. Raises JobError where the prompt cannot be rendered."""
    asker = Asker(
        prompt=prompt,
        partials=spec.prompt.partials,
        encoder=encoder,
        template=template_of(spec, encoder),
        labels=spec.data.labels,
        target_names=target_names(spec.data),
    )
    examples: dict[Split, list[Example]] = {
        split: to_examples(rows.rows[split], spec.data) for split in SPLITS
    }
    try:
        return Material(
            rows=rows,
            asker=asker,
            encoder=encoder,
            examples=examples,
            questions={split: to_questions(asker, examples[split]) for split in SPLITS[1:]},
            encoded={split: [asker.encoded(row) for row in examples[split]] for split in SPLITS},
        )
    except RenderError as error:
        line = LineIndex(prompt.text).position(error.span.start)[0] + 1
        message = f"{spec.prompt.path}, line {line}: {error}"
        raise JobError(message, path=spec.prompt.path, line=line) from error


def template_of(spec: JobSpec, encoder: Encoder) -> Literal["chat", "plain"]:
    """As the job says, but a model without a chat template is given the texts alone."""
    return spec.template if encoder.has_chat_template else "plain"


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
