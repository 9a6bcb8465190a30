"""A run on the terminal: a bar with its numbers, and a line for everything that happens once."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from tunesmith.cli.table import shown_scores
from tunesmith.wire.events import (
    MODEL_NAMES,
    Cancelled,
    Evaluation,
    Event,
    Failed,
    Finished,
    PathTaken,
    Plan,
    Preflight,
    RateProbe,
    Resumed,
    Row,
    Started,
    Step,
    Warned,
)
from tunesmith.wire.forecast import forecast, probed_rates

ROWS_A_LINE = 50
LINES_A_TRAINING = 10
"""How many step lines a terminal without control codes gets."""


class RunScreen:
    """Shows the events of one run as they come; a context, so that the bar is always closed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[numbers]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._step: Step | None = None
        self._validation = ""
        self._rows = _RowStrip(self.say)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.flush()
        self._progress.stop()

    def show(self, event: Event) -> None:
        """Take in one event."""
        if not isinstance(event, Row):
            self._rows.flush()
        match event:
            case Step():
                self._step = event
                self._draw_step(event)
            case Row(split="test"):
                self._close_bar()
                self._rows.add(event)
            case Evaluation():
                self._show_evaluation(event)
            case _:
                if line := _once(event):
                    self.say(line)

    def _draw_step(self, step: Step) -> None:
        title = f"step {step.step}/{step.n_steps}"
        numbers = self._numbers(step)
        if self._console.is_terminal:
            if self._task is None:
                self._task = self._progress.add_task(title, total=step.n_steps, numbers=numbers)
            self._progress.update(
                self._task, completed=step.step, description=title, numbers=numbers
            )
        elif step.step == 1 or step.step % max(1, step.n_steps // LINES_A_TRAINING) == 0:
            self.say(f"{title}: {numbers}")

    def _numbers(self, step: Step) -> str:
        loss, speed = f"loss {step.loss:.3f}", f"{step.tokens_per_s:,.0f} tokens/s"
        parts = (loss, self._validation, speed, f"{_clock(step.left_s)} left to train")
        return " · ".join(part for part in parts if part)

    def _close_bar(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, visible=False)

    def _show_evaluation(self, evaluation: Evaluation) -> None:
        if evaluation.split == "validation" and evaluation.scores:
            score = evaluation.scores[0]
            self._validation = f"validation {score.metric} {score.value:.3f}"
            if self._step is not None and self._task is not None:
                self._progress.update(self._task, numbers=self._numbers(self._step))
        name = MODEL_NAMES.get(evaluation.model, evaluation.model)
        step = f" at step {evaluation.step}" if evaluation.step else ""
        scores = ", ".join(shown_scores(evaluation))
        note = f" ({evaluation.note})" if evaluation.note else ""
        self.say(f"{evaluation.split}: {name}{step}: {scores}, n={evaluation.n_rows}{note}")

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._console.print(Text(line), soft_wrap=True)


class _RowStrip:
    """Rows of an evaluation, one character each: a dot where the model was right."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._marks = ""
        self._of = ("", "")

    def add(self, row: Row) -> None:
        """Mark one row."""
        of = (row.model, row.split)
        if of != self._of or len(self._marks) == ROWS_A_LINE:
            self.flush()
        self._of = of
        self._marks += "." if row.predicted == row.target else "x"

    def flush(self) -> None:
        """Print what is marked so far."""
        if self._marks:
            model, split = self._of
            right = self._marks.count(".")
            name = MODEL_NAMES.get(model, model)
            self._say(f"  {split} {name:<18} {self._marks} {right}/{len(self._marks)}")
        self._marks = ""


def failure(failed: Failed) -> str:
    """What went wrong, behind its place as terminals make a link of it.

    >>> failure(Failed(message="a.csv, line 8: no label", path="a.csv", line=8))
    'a.csv:8: no label'
    >>> failure(Failed(message="a.csv: has no rows", path="a.csv"))
    'a.csv: has no rows'
    """
    if not failed.path:
        return failed.message
    place = f"{failed.path}:{failed.line}" if failed.line else failed.path
    said = failed.message.removeprefix(f"{failed.path}, line {failed.line}: ")
    return f"{place}: {said.removeprefix(f'{failed.path}: ')}"


def _once(event: Event) -> str | None:
    match event:
        case Warned():
            return f"warning: {event.message}"
        case Finished():
            return event.summary
        case Failed():
            return f"failed: {failure(event)}"
        case Cancelled():
            kept = (
                f"; the best checkpoint is kept in {event.checkpoint}" if event.checkpoint else ""
            )
            return f"cancelled at step {event.step}{kept}"
        case _:
            return _before_training(event)


def _before_training(event: Event) -> str | None:
    match event:
        case Started():
            return f"started on {event.device}, {event.dtype}"
        case Resumed():
            return f"resumed behind step {event.step}" if event.step else "started again"
        case Plan():
            return _plan(event)
        case RateProbe():
            return f"learning rate {probed_rates(event)}"
        case Preflight():
            return "; ".join(f"{name}: {text}" for name, text in forecast(event).items())
        case PathTaken():
            return _path(event)
        case _:
            return None


def _plan(event: Plan) -> str:
    dropped = f", {event.n_dropped} too long and left out" if event.n_dropped else ""
    skipped = f", {event.n_skipped} broken and left out" if event.n_skipped else ""
    return (
        f"{event.n_train} rows to train on, {event.n_validation} to validate, "
        f"{event.n_test} to test{dropped}{skipped}; {event.n_steps} steps"
    )


def _path(event: PathTaken) -> str:
    if event.path == "plain":
        return f"each row is computed whole: {event.reason}"
    why = f" ({event.reason})" if event.reason else ""
    saved = f"{event.factor:.1f} times fewer tokens"
    return f"the rows' common prefix is computed once ({event.path}): {saved}{why}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02}"
