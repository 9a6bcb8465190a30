"""What a run trained, as a folder that others can load: `python -m tunesmith.engine.export`.

Reads one `ExportRun` from stdin and prints one `Written` or `NotWritten`. Nothing counts as written
before it was loaded again from the folder and answered test rows as the evaluated model does.
"""

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors import SafetensorError

from tunesmith.engine.checkpoint import CheckpointError, verify_checkpoint
from tunesmith.engine.evaluate import Question
from tunesmith.engine.export_check import (
    Agreement,
    Answers,
    ask,
    compare,
    find_questions,
    n_wanted,
    surprises,
)
from tunesmith.engine.export_files import (
    TrainedRun,
    formats,
    merged_model,
    write_adapter,
    write_model,
    write_tokenizer,
)
from tunesmith.engine.model_card import Exported, Result, checked, model_card, name_of
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.models.registry import resolve
from tunesmith.prompt.encode import EncodeError, Encoder
from tunesmith.wire.codec import dumps, loads
from tunesmith.wire.export import ExportRun, NotWritten, Written
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import ModelSpec
from tunesmith.wire.state import fold


class ExportError(Exception):
    """Why there is no export, in words that say what to do."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """The rows that an export is asked about, and what the evaluated model answers."""

    run: TrainedRun
    encoder: Encoder
    questions: tuple[Question, ...]
    right: Answers

    def agreement(self, loaded: LoadedModel) -> Agreement:
        """How far a model answers alike."""
        return compare(self.right, ask(loaded, self.questions, self.run.spec, self.encoder))


def main() -> int:
    """Answer the one request on stdin."""
    request = loads(ExportRun, sys.stdin.readline())
    # What libraries print must not be taken for the answer.
    with redirect_stdout(sys.stderr):
        try:
            answer = export(request)
        except (ExportError, CheckpointError, EncodeError, OSError, ValueError) as error:
            answer = NotWritten(problem=str(error))
        except SafetensorError as error:
            answer = NotWritten(problem=f"the weights cannot be written: {error}")
    print(dumps(answer))
    return 0 if isinstance(answer, Written) else 1


def export(request: ExportRun) -> Written:
    """Write the folder and check it.

    Raises ExportError, CheckpointError, EncodeError, OSError, ValueError or SafetensorError.
    """
    run, folder = read_run(RunDir(Path(request.run_dir))), Path(request.folder)
    if request.merge and (reason := run.no_merge):
        raise ExportError(f"{run.run_dir.run_id} cannot be merged: {reason}. Leave out --merge")
    folder.mkdir()
    write_tokenizer(Path(run.spec.model.path), folder)
    check = _prepare(run, folder)
    is_whole = request.merge or run.is_whole_model
    result = (write_whole_model if is_whole else _write_adapter)(check, folder)
    exported = Exported(
        run=run,
        is_adapter=not is_whole,
        result=result,
        n_wanted=n_wanted(run.run_dir),
        licence=resolve(run.spec.model.name, workspace=Path(run.spec.workspace)).licence,
        encoder=check.encoder,
    )
    (folder / "README.md").write_text(model_card(exported), encoding="utf-8")
    return Written(lines=tuple(_told(exported)))


def _told(exported: Exported) -> Iterator[str]:
    """What a person reads on the terminal."""
    run, step = exported.run, exported.run.checkpoint.step
    what = "adapter" if exported.is_adapter else "model"
    yield f"{run.spec.method} {what} of step {step}, on {run.spec.model.name}"
    if run.state.finished is None:
        yield "the run did not finish: this is its best step so far, and was not scored on test"
    elif step == 0:
        yield "no step was better than the base model: what is exported changes nothing"
    yield from checked(exported)


def read_run(run_dir: RunDir) -> TrainedRun:
    """A run from its folder. Raises OSError, WireError or CheckpointError."""
    return TrainedRun(
        run_dir=run_dir,
        spec=run_dir.read_spec(),
        state=fold(run_dir.read_records()),
        checkpoint=verify_checkpoint(run_dir.adapter),
    )


def _prepare(run: TrainedRun, folder: Path) -> Check:
    """Ask the evaluated model, with the tokenizer as it was written."""
    encoder = Encoder.load(folder).using(run.spec.chat_template_kwargs)
    try:
        questions = find_questions(run.spec, run.run_dir, encoder)
    except OSError as error:
        raise ExportError(
            f"{error.filename}: cannot be read ({error.strerror}), and nothing is exported that "
            "was not asked about the run's own test rows"
        ) from error
    if not questions:
        file = run.spec.data.test or run.spec.data.train
        raise ExportError(
            f"{file} no longer holds the test rows that the run would be checked on: put it back "
            "as it was"
        )
    right = ask(load_model(run.evaluated, dtype=run.dtype), questions, run.spec, encoder)
    if odd := surprises(run.run_dir, questions, right):
        raise ExportError(
            f"the model now answers test row {', '.join(odd)} otherwise than the run wrote down: "
            f"{run.spec.model.path} or a library changed since. Tune again"
        )
    return Check(run=run, encoder=encoder, questions=questions, right=right)


def _write_adapter(check: Check, folder: Path) -> Result:
    """The adapter as the run kept it."""
    run = check.run
    write_adapter(run, folder)
    spec = replace(run.spec.model, adapter=str(folder))
    agreement = check.agreement(load_model(spec, dtype=run.dtype))
    if not agreement.is_whole:
        raise ExportError(f"{_shown(agreement, 'the adapter')}: nothing was exported")
    return Result(agreement=agreement, dtype=run.dtype)


def write_whole_model(check: Check, folder: Path) -> Result:
    """All weights, in the number format of the base where that changes no answer, else in fp32.

    Raises ExportError where it changes an answer in both.
    """
    run, tried = check.run, list[str]()
    for dtype in formats(Path(run.spec.model.path)):
        write_model(merged_model(run), dtype, folder)
        spec = ModelSpec(name=run.spec.model.name, path=str(folder))
        agreement = check.agreement(load_model(spec, dtype=dtype))
        if agreement.is_whole:
            return Result(agreement=agreement, dtype=dtype, refused=tuple(tried))
        tried.append(_shown(agreement, f"the model in {name_of(dtype)}"))
    way_out = "" if run.is_whole_model else ". Without --merge the adapter is written as it is"
    raise ExportError(f"{'; '.join(tried)}: nothing was exported{way_out}")


def _shown(agreement: Agreement, what: str) -> str:
    """In words, such as `the model in bfloat16 writes the same for 19 of 20 test rows, ...`."""
    n_rows = agreement.n_rows
    return (
        f"{what} writes the same for {agreement.n_greedy} of {n_rows} test rows, and chooses the "
        f"same label for {agreement.n_labels}"
    )


if __name__ == "__main__":
    sys.exit(main())
