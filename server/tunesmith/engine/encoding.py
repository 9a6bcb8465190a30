"""The rows of a job through its prompts and the tokenizer, and those that do not come through."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tunesmith.data.faults import Fault, named, told
from tunesmith.data.table import Row
from tunesmith.engine.evaluate import Question, to_question
from tunesmith.engine.example import Asker, Example, to_examples
from tunesmith.engine.job_data import JobError, JobRows
from tunesmith.engine.row_lengths import (
    Limit,
    LongRow,
    context_limit,
    refusal,
    training_limit,
)
from tunesmith.prompt.encode import Encoded, EncodeError
from tunesmith.prompt.render import RenderError
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.events import Split
from tunesmith.wire.spec import JobSpec


@dataclass(frozen=True, kw_only=True)
class EncodedRow:
    """A row that can be used."""

    row: Row
    example: Example
    wordings: tuple[Encoded, ...]
    """With its right answer: through the prompt first, then, to be trained on, each variant."""
    question: Question | None
    """None for rows to be trained on."""


class _UnrenderedError(Exception):
    """A row that a prompt cannot render."""

    def __init__(self, asker: Asker, error: RenderError) -> None:
        self.path = asker.path
        self.line = LineIndex(asker.prompt.text).position(error.span.start)[0] + 1
        super().__init__(f"{self.path}, line {self.line}: {error}")


@dataclass(frozen=True, kw_only=True)
class _Refused:
    """A row that a prompt cannot render, or the encoder encode."""

    fault: Fault
    path: str
    """The file to blame, which may be the prompt's."""
    line: int


def encode_rows(
    spec: JobSpec,
    rows: JobRows,
    askers: Sequence[Asker],
    split: Split,
    check_cancel: Callable[[], None],
) -> tuple[list[EncodedRow], list[Fault]]:
    """The rows of a split, and those of them that are left out.

    `askers` are the prompts to train on, the one that is judged first. Raises JobError where a row
    cannot be used and the job does not skip such, or none is left.
    """
    path = rows.paths[split]
    used = askers if split == "train" else askers[:1]
    kept: list[EncodedRow] = []
    refused: list[_Refused] = []
    for row, example in zip(
        rows.rows[split], to_examples(rows.rows[split], spec.data), strict=True
    ):
        check_cancel()
        try:
            kept.append(_encode(row, example, used, is_asked=split != "train"))
        except _UnrenderedError as error:
            fault = Fault(file=path, line=row.line, kind="unrendered", reason=str(error))
            refused.append(_Refused(fault=fault, path=error.path, line=error.line))
        except EncodeError as error:
            reason = f"cannot be encoded for {spec.model.name}: {error}"
            fault = Fault(file=path, line=row.line, kind="unencoded", reason=reason)
            refused.append(_Refused(fault=fault, path=path, line=row.line))
    _refuse(spec, refused, has_others=bool(kept))
    limit = training_limit(spec) if split == "train" else context_limit(spec)
    short, long = _sort_out(kept, limit, path)
    if limit and long and not (skips(spec) and short):
        message = refusal(long, limit, len(kept), "training" if split == "train" else split)
        raise JobError(message, path=path, line=long[0].line)
    faults = [one.fault for one in refused]
    faults += [limit.fault(path, one.line, one.encoded) for one in long] if limit else []
    return short, faults


def skips(spec: JobSpec) -> bool:
    """Whether rows that cannot be used are left out, and do not end the job."""
    return spec.train["bad_rows"] == "skip"


def _sort_out(
    rows: list[EncodedRow], limit: Limit | None, path: str
) -> tuple[list[EncodedRow], list[LongRow]]:
    """The rows that are short enough in every wording, and the others."""
    if limit is None:
        return rows, []
    short: list[EncodedRow] = []
    long: list[LongRow] = []
    for item in rows:
        longest = max(item.wordings, key=lambda encoded: len(encoded.ids))
        if len(longest.ids) <= limit.n_tokens:
            short.append(item)
        else:
            long.append(LongRow(file=path, line=item.row.line, encoded=longest))
    return short, long


def _encode(row: Row, example: Example, askers: Sequence[Asker], *, is_asked: bool) -> EncodedRow:
    """Raises _UnrenderedError, EncodeError."""
    wordings: list[Encoded] = []
    for asker in askers:
        with _blaming(asker):
            wordings.append(asker.encoded(example))
    with _blaming(askers[0]):
        question = to_question(askers[0], example) if is_asked else None
    return EncodedRow(row=row, example=example, wordings=tuple(wordings), question=question)


@contextmanager
def _blaming(asker: Asker) -> Iterator[None]:
    """Say which prompt it is, of several, that cannot be rendered, and where."""
    try:
        yield
    except RenderError as error:
        raise _UnrenderedError(asker, error) from error


def _refuse(spec: JobSpec, refused: Sequence[_Refused], *, has_others: bool) -> None:
    """Raises JobError where the job may not, or cannot, go on with the other rows."""
    if not refused or (has_others and skips(spec)):
        return
    faults, first = [one.fault for one in refused], refused[0]
    if has_others:
        message = told(faults)
    elif first.fault.kind == "unrendered":
        # It is the prompt that is wrong, not the rows.
        message = first.fault.reason
    else:
        message = f"{named(faults[:1])}, and so it is with all of its rows"
    raise JobError(message, path=first.path, line=first.line)
