"""The runs of a workspace, read from their folders each time: the folder is the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tunesmith.discover import discover
from tunesmith.jobs.backend import Backend, handle_path, read_handle
from tunesmith.wire.run_dir import RunDir
from tunesmith.wire.spec import JobSpec
from tunesmith.wire.state import RunState, fold

RunStatus = Literal["starting", "running", "finished", "failed", "cancelled", "lost"]
BACKENDS = discover("tunesmith.jobs.backends", "BACKEND", Backend)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run at one moment."""

    run_dir: RunDir
    spec: JobSpec
    state: RunState
    status: RunStatus
    """As the job says, save where it is gone without a last word."""

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.run_dir.run_id

    @property
    def is_over(self) -> bool:
        """No event will follow, unless the run is resumed."""
        return self.status not in ("starting", "running")

    @property
    def way_on(self) -> str | None:
        """What to type to go on with a training that was cut off; None where none was."""
        cut_off = self.spec.kind == "train" and self.status in ("cancelled", "lost")
        return f"tunesmith tune --resume {self.run_id}" if cut_off else None


class RunStore:
    """Finds the runs below a workspace's `.tunesmith/runs`."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.folder = workspace / ".tunesmith" / "runs"

    def ids(self) -> list[str]:
        """Newest first; run ids sort by time."""
        try:
            found = [path.name for path in self.folder.iterdir() if _is_run(path)]
        except OSError:
            return []
        return sorted(found, reverse=True)

    def run_dir(self, run_id: str) -> RunDir | None:
        """The folder of `run_id`; None where there is none, or the id is no plain name."""
        path = self.folder / run_id
        is_plain = path.name == run_id and path.parent == self.folder
        return RunDir(path) if is_plain and _is_run(path) else None

    def run(self, run_id: str) -> Run | None:
        """The run as it stands now; None for one that is not there or cannot be read."""
        run_dir = self.run_dir(run_id)
        if run_dir is None:
            return None
        try:
            spec = run_dir.read_spec()
            # Whether the job lives is asked first: what it said before it ended is then on disk.
            alive = is_alive(run_dir)
            state = read_state(run_dir)
        except (OSError, ValueError):
            return None
        status = status_of(run_dir, state, alive=alive)
        return Run(run_dir=run_dir, spec=spec, state=state, status=status)

    def runs(self) -> Iterator[Run]:
        """Every run that can be read, newest first."""
        for run_id in self.ids():
            run = self.run(run_id)
            if run is not None:
                yield run


def read_state(run_dir: RunDir) -> RunState:
    """The state on disk, brought up to date with events written since."""
    try:
        state = run_dir.read_state()
    except (OSError, ValueError):
        state = RunState()
    # One that ended otherwise may have been resumed, by a job that could not write its state yet.
    is_last_word = state.status == "finished"
    return state if is_last_word else fold(run_dir.read_records(state.seq), state)


def is_alive(run_dir: RunDir) -> bool:
    """Whether the process of the run's job is there."""
    handle = read_handle(run_dir)
    backend = BACKENDS.get(handle.backend) if handle else None
    return handle is not None and backend is not None and backend.is_alive(handle)


def _is_run(path: Path) -> bool:
    """Whether a job was ever started there; a folder that is still being made is no run yet."""
    run_dir = RunDir(path)
    started = (handle_path(run_dir), run_dir.events_path)
    try:
        return run_dir.spec_path.is_file() and any(file.is_file() for file in started)
    except OSError:
        return False


def status_of(run_dir: RunDir, state: RunState, *, alive: bool) -> RunStatus:
    """What the job says of itself, save where it is gone without a last word."""
    handle = read_handle(run_dir)
    # The words of the job before it are not its own.
    is_silent = handle is not None and state.seq <= handle.since_seq
    if is_silent and alive:
        return "starting"
    if not is_silent and (state.is_over or alive):
        return state.status
    return "cancelled" if run_dir.cancel_path.exists() else "lost"
