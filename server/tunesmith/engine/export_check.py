"""Whether a model that was written answers as the one that was evaluated.

It is asked about test rows of the run, found again by the hash of their tokens and mask, whatever
else became of the data since. Nothing is scored, so test stays as closed as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tunesmith.data.stream import Row, open_rows
from tunesmith.engine.bench import RowLine
from tunesmith.engine.evaluate import Question, predict, to_question
from tunesmith.engine.example import Asker, Example, target_names, to_examples
from tunesmith.engine.front import front_of
from tunesmith.engine.generate import Sampling, generate
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.scoreboard import PredictionLine
from tunesmith.prompt.encode import EncodeError, Encoder
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import RenderError
from tunesmith.wire.codec import loads
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import JobSpec

N_ROWS = 20
ANSWER = Sampling(max_new_tokens=16)
CLOSE_CALL = 0.1
"""Labels with closer probabilities may change places on another machine or in other batches."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a model makes of some rows."""

    greedy: tuple[tuple[int, ...], ...]
    """Token ids without the end, for each row."""
    labels: tuple[str, ...]
    """The most probable label of each row."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How many rows two models answer alike."""

    n_rows: int
    n_greedy: int
    n_labels: int

    @property
    def is_whole(self) -> bool:
        """Not one row differs."""
        return self.n_greedy == self.n_labels == self.n_rows


def find_questions(spec: JobSpec, run_dir: RunDir, encoder: Encoder) -> tuple[Question, ...]:
    """The first test rows of a run that its data still holds, encoded by `encoder`.

    Raises OSError where a file cannot be read, and WireError where the run's own are broken.
    """
    wanted = {line.row_hash: line for line in _first_rows(run_dir)}
    prompt = replace(parse(spec.prompt.text), defaults=spec.prompt.defaults)
    asker = Asker(
        prompt=prompt,
        partials=spec.prompt.partials,
        encoder=encoder,
        template=spec.template,
        labels=spec.data.labels,
        target_names=target_names(spec.data),
        path=spec.prompt.path,
    )
    found: dict[str, Question] = {}
    for file in {line.file for line in wanted.values()}:
        for example in _examples(Path(spec.workspace) / file, spec):
            if len(found) == len(wanted):
                break
            row_hash = _hash_of(asker, example)
            if row_hash in wanted:
                named = replace(example, row_id=wanted[row_hash].row_id)
                found.setdefault(row_hash, to_question(asker, named))
    return tuple(found.values())


def n_wanted(run_dir: RunDir) -> int:
    """How many rows `find_questions` looks for."""
    return len({line.row_hash for line in _first_rows(run_dir)})


def ask(
    loaded: LoadedModel, questions: Sequence[Question], spec: JobSpec, encoder: Encoder
) -> Answers:
    """Put the questions to a model."""
    predictions = predict(loaded, questions, spec.data.labels)
    return Answers(
        greedy=tuple(_greedy(loaded, question, encoder) for question in questions),
        labels=tuple(prediction.predicted for prediction in predictions),
    )


def compare(first: Answers, second: Answers) -> Agreement:
    """Row by row."""
    return Agreement(
        n_rows=len(first.labels),
        n_greedy=sum(a == b for a, b in zip(first.greedy, second.greedy, strict=True)),
        n_labels=sum(a == b for a, b in zip(first.labels, second.labels, strict=True)),
    )


def surprises(run_dir: RunDir, questions: Sequence[Question], answers: Answers) -> list[str]:
    """Ids of rows whose label is not the one that the run wrote down, close calls apart.

    Empty for a run that ended before it was scored on test.
    """
    recorded = {line.row_id: line for line in _tuned_on_test(run_dir)}
    return [
        question.row_id
        for question, label in zip(questions, answers.labels, strict=True)
        if (line := recorded.get(question.row_id)) is not None
        and line.probabilities[line.predicted] - line.probabilities[label] > CLOSE_CALL
    ]


def _first_rows(run_dir: RunDir) -> list[RowLine]:
    lines = run_dir.rows_path.read_text(encoding="utf-8").splitlines()
    rows = (loads(RowLine, line) for line in lines)
    return [row for row in rows if row.split == "test"][:N_ROWS]


def _tuned_on_test(run_dir: RunDir) -> Iterator[PredictionLine]:
    with run_dir.predictions_path.open(encoding="utf-8") as file:
        for text in file:
            line = loads(PredictionLine, text)
            if (line.model, line.split) == ("tuned", "test"):
                yield line


def _examples(path: Path, spec: JobSpec) -> Iterator[Example]:
    rows = (item for item in open_rows(path, spec.data.target) if isinstance(item, Row))
    return (to_examples([row], spec.data)[0] for row in rows)


def _hash_of(asker: Asker, example: Example) -> str:
    """By which a row is known again; empty where it can no longer be encoded."""
    try:
        return asker.encoded(example).row_hash
    except (RenderError, EncodeError):
        return ""


def _greedy(loaded: LoadedModel, question: Question, encoder: Encoder) -> tuple[int, ...]:
    ids = generate(
        loaded.base,
        question.choice.prompt,
        ANSWER,
        eos_ids=frozenset(encoder.eos_ids),
        should_stop=lambda: False,
        front=front_of(loaded.model),
    )
    return tuple(ids)
