"""All that the parts of one job share: its rows as questions, its model, and where results go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from tunesmith.catalog.tasks import Task
from tunesmith.data.faults import Fault
from tunesmith.data.table import Row
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.encoding import EncodedRow, encode_rows
from tunesmith.engine.evaluate import Prediction, Question, Watch, predict
from tunesmith.engine.example import Asker, Example, target_names
from tunesmith.engine.job_data import JobRows, refuse_one_class, text_hash, without_others
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.progress import Judgement
from tunesmith.engine.reporter import Reporter
from tunesmith.engine.sampler import TrainRow
from tunesmith.engine.scoreboard import Scoreboard
from tunesmith.prompt.encode import Encoded, Encoder
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.parse import parse
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
    variant_hashes: tuple[str, ...] = ()
    """As `row_hash`, through each variant that the row is trained on as well."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """The rows of a job, through the prompt and the tokenizer; no training row is too long."""

    rows: JobRows
    n_dropped: int
    """Training rows that were too long."""
    faults: tuple[Fault, ...] = ()
    """Every row that was left out, those among them."""
    asker: Asker
    encoder: Encoder
    examples: Mapping[Split, Sequence[Example]]
    questions: Mapping[Split, Sequence[Question]]
    encoded: Mapping[Split, Sequence[Encoded]]
    """Each row with its right answer, through the prompt itself."""
    train: Sequence[TrainRow] = ()
    """The training rows, through the prompt and its variants."""

    def variants(self, split: Split, index: int) -> tuple[Encoded, ...]:
        """A row through the variants of the prompt, which only training sees."""
        return self.train[index].wordings[1:] if split == "train" else ()

    @property
    def n_skipped(self) -> int:
        """Rows left out for any other fault than their length."""
        return len(self.faults) - self.n_dropped


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
    """Render and encode all rows, and leave out those that cannot be used if the job skips such.

    `check_cancel` is called before each row, and may raise. Raises JobError where it does not skip
    them, or where too few are left to train on.
    """
    askers = _askers(spec, prompt, encoder)
    encoded: dict[Split, list[EncodedRow]] = {}
    faults: dict[Split, list[Fault]] = {}
    for split in SPLITS:
        encoded[split], faults[split] = encode_rows(spec, rows, askers, split, check_cancel)
    fitting: dict[Split, tuple[Row, ...]] = {
        split: tuple(item.row for item in items) for split, items in encoded.items()
    }
    refuse_one_class(spec.data, fitting["train"])
    return Material(
        rows=without_others(rows, fitting, spec.data),
        n_dropped=sum(fault.kind == "long" for fault in faults["train"]),
        faults=(*rows.faults, *(fault for split in SPLITS for fault in faults[split])),
        asker=askers[0],
        encoder=encoder,
        examples={split: [item.example for item in items] for split, items in encoded.items()},
        questions={
            split: [item.question for item in items if item.question]
            for split, items in encoded.items()
        },
        encoded={split: [item.wordings[0] for item in items] for split, items in encoded.items()},
        train=tuple(
            TrainRow(wordings=item.wordings, label=item.example.target) for item in encoded["train"]
        ),
    )


def _askers(spec: JobSpec, prompt: Prompt, encoder: Encoder) -> list[Asker]:
    """The prompt that is judged, and then the variants that are trained on as well."""
    variants = (
        (variant, replace(parse(variant.text), defaults=variant.defaults))
        for variant in spec.variants
    )
    return [
        Asker(
            prompt=parsed,
            partials=described.partials,
            encoder=encoder,
            template=spec.template,
            labels=spec.data.labels,
            target_names=target_names(spec.data),
            path=described.path,
        )
        for described, parsed in ((spec.prompt, prompt), *variants)
    ]


def write_skipped(run_dir: RunDir, material: Material) -> None:
    """Write `skipped.jsonl`, if a row was left out."""
    if material.faults:
        lines = "".join(dumps(fault) + "\n" for fault in material.faults)
        write_atomically(run_dir.skipped_path, lines)


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
            variant_hashes=tuple(wording.row_hash for wording in material.variants(split, index)),
        )
        for split in SPLITS
        for index, (row, encoded) in enumerate(
            zip(material.rows.rows[split], material.encoded[split], strict=True)
        )
    ]
    write_atomically(run_dir.rows_path, "".join(dumps(line) + "\n" for line in lines))
