"""Steps and scores, also for the tracker with which a person looks at all of their runs.

What a tracker says or fails to do never touches the run: its events are the truth.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from accelerate import Accelerator
from accelerate.utils import ProjectConfiguration

from tunesmith.engine.device import pick_device
from tunesmith.engine.job_data import JobError
from tunesmith.engine.reporter import Reporter
from tunesmith.wire.events import Evaluation, Event, Step, Warned
from tunesmith.wire.spec import JobSpec

# Where a tracker keeps its runs if nobody has set another place.
_PLACES = {
    "trackio": ("TRACKIO_DIR", "{folder}"),
    "mlflow": ("MLFLOW_TRACKING_URI", "sqlite:///{folder}/mlflow.db"),
}


def refuse_missing_tracker(spec: JobSpec) -> None:
    """Raise JobError where the tracker that is asked for is not installed."""
    name = str(spec.train.get("track", "none"))
    if name != "none" and find_spec(name) is None:
        fix = f"{sys.executable} -m pip install 'tunesmith[track]'"
        raise JobError(f"track: {name} needs the package {name}: run `{fix}`, or set track: none")


@contextmanager
def tracking(spec: JobSpec, reporter: Reporter) -> Iterator[None]:
    """Inside, what the reporter says of training goes to the tracker of the spec as well."""
    name = str(spec.train.get("track", "none"))
    if name == "none" or spec.kind != "train":
        yield
        return
    tracker = _Tracker(spec, name, reporter)
    reporter.listeners.append(tracker.hear)
    try:
        yield
    finally:
        tracker.close()


class _Tracker:
    """Starts with the first number, so that a job that fails before leaves nothing there."""

    def __init__(self, spec: JobSpec, name: str, reporter: Reporter) -> None:
        self._spec = spec
        self._name = name
        self._reporter = reporter
        self._accelerator: Accelerator | None = None
        self._has_failed = False
        self._step = 0

    def hear(self, event: Event) -> None:
        """Pass an event on, if it has numbers."""
        numbers = _numbers(event)
        if isinstance(event, Step):
            self._step = event.step
        if not numbers or self._has_failed:
            return
        try:
            self._accelerator = self._accelerator or self._start()
            self._accelerator.log(numbers, step=self._step)
        # A server that is down, a folder that is full: whatever it is, training goes on.
        except Exception as error:
            self._give_up(error)

    def close(self) -> None:
        """Let the tracker write what it still holds."""
        if self._accelerator is None:
            return
        try:
            # Not `end_training`, which ends the talk with the run's other processes too.
            for tracker in self._accelerator.trackers:
                tracker.finish()
        except Exception as error:
            self._give_up(error)

    def _start(self) -> Accelerator:
        folder = self._reporter.run_dir.path / "track"
        folder.mkdir(exist_ok=True)
        if place := _PLACES.get(self._name):
            os.environ.setdefault(place[0], place[1].format(folder=folder))
        accelerator = Accelerator(
            cpu=pick_device().type == "cpu",
            log_with=self._name,
            project_config=ProjectConfiguration(logging_dir=str(folder)),
        )
        run_id = self._spec.run_id
        accelerator.init_trackers(
            Path(self._spec.prompt.path).stem,
            config=dict(self._spec.train),
            init_kwargs={"trackio": {"name": run_id}, "mlflow": {"run_name": run_id}},
        )
        return accelerator

    def _give_up(self, error: Exception) -> None:
        self._has_failed = True
        reason = str(error).partition("\n")[0]
        message = f"{self._name} gets no more numbers of this run ({reason}); the run has them all."
        self._reporter.emit(Warned(message=message))


def _numbers(event: Event) -> dict[str, float]:
    match event:
        case Step():
            names = ("loss", "lr", "grad_norm", "tokens_per_s")
            return {f"train/{name}": getattr(event, name) for name in names}
        case Evaluation():
            of = f"{event.split}/{event.model}"
            return {f"{of}/{score.metric}": score.value for score in event.scores}
        case _:
            return {}
