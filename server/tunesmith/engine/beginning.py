"""How a job begins: with nothing, or where an earlier job of the same run left off."""

import torch

from tunesmith import __version__
from tunesmith.engine.checkpoint import best_folder
from tunesmith.engine.device import pick_device, pick_dtype
from tunesmith.engine.distributed import leader_pid
from tunesmith.engine.libraries import library_versions
from tunesmith.engine.reporter import Reporter
from tunesmith.engine.scoreboard import PredictionLine
from tunesmith.engine.train_state import Standing, find_state
from tunesmith.wire.codec import WireError, loads
from tunesmith.wire.events import Checkpoint, Resumed, Started, Warned
from tunesmith.wire.process import started_at
from tunesmith.wire.run_dir import RunDir, write_atomically
from tunesmith.wire.spec import JobSpec


def begin(spec: JobSpec, run_dir: RunDir, reporter: Reporter) -> Standing | None:
    """Say that the job is alive; where training goes on, None where it starts from nothing.

    What an earlier job computed with, this one computes with, or its numbers would be others.
    """
    earlier = reporter.state.started
    if earlier is None:
        device = pick_device()
        torch.set_num_threads(spec.n_threads or torch.get_num_threads())
        reporter.emit(_started(device, spec.dtype or _name(pick_dtype(device))))
        return None
    torch.set_num_threads(earlier.n_threads or torch.get_num_threads())
    standing, problems = find_state(run_dir.checkpoints)
    pid = leader_pid()
    step = standing.progress.step if standing else 0
    reporter.emit(Resumed(pid=pid, pid_started=started_at(pid) or -1.0, step=step))
    for problem in (*problems, *_changes(earlier)):
        reporter.emit(Warned(message=problem))
    if standing:
        _say_what_is_best(standing, reporter)
    _forget_predictions(run_dir, step)
    return standing


def _started(device: torch.device, dtype: str) -> Started:
    pid = leader_pid()
    return Started(
        pid=pid,
        pid_started=started_at(pid) or -1.0,
        device=str(device),
        dtype=dtype,
        n_threads=torch.get_num_threads(),
        versions={"tunesmith": __version__, **library_versions()},
    )


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _changes(earlier: Started) -> list[str]:
    """What is no longer as it was, so that the numbers may differ from an undisturbed run's."""
    versions = {"tunesmith": __version__, **library_versions()}
    changed = [
        f"{name} is {versions.get(name, 'gone')} and was {version}"
        for name, version in earlier.versions.items()
        if versions.get(name) != version
    ]
    if (device := str(pick_device())) != earlier.device:
        changed.append(f"the device is {device} and was {earlier.device}")
    return [f"Since the run began, {'; '.join(changed)}."] if changed else []


def _say_what_is_best(standing: Standing, reporter: Reporter) -> None:
    best, step = standing.progress.best, standing.progress.best_step
    path = best_folder(standing.folder.parent, step)
    reporter.emit(
        Checkpoint(
            step=step,
            path=path.relative_to(reporter.run_dir.path).as_posix(),
            score=best.score,
            best=True,
        )
    )


def _forget_predictions(run_dir: RunDir, step: int) -> None:
    """Drop those that will be made anew, and a last line that was never finished."""
    path = run_dir.predictions_path
    if path.exists():
        lines = path.read_text(encoding="utf-8").split("\n")
        kept = [line + "\n" for line in lines if _is_of_a_look(line, step)]
        write_atomically(path, "".join(kept))


def _is_of_a_look(line: str, last: int) -> bool:
    try:
        step = loads(PredictionLine, line).step
    except WireError:
        return False
    return last > 0 and step is not None and step <= last
