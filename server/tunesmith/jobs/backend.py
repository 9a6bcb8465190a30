"""What every place that runs jobs can do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from tunesmith.settings import Settings
from tunesmith.wire.codec import dumps, loads
from tunesmith.wire.run_dir import RunDir, write_atomically


class BackendError(Exception):
    """Why a job cannot be started, in words that say what to do."""


@dataclass(frozen=True, kw_only=True)
class Handle:
    """A started job, so that any later process finds it again."""

    backend: str
    pid: int
    """Of the job, which leads its own process group."""
    started: float
    """Start time of the process as the system counts it."""
    since_seq: int = 0
    """Number of the run's last event before this job; 0 for its first one."""


class Backend(ABC):
    """Starts jobs and stops them. `name` is that of its module."""

    name: str

    @abstractmethod
    def problem(self, settings: Settings) -> str | None:
        """Why no job can start here, known before one is made; None when all is well."""

    @abstractmethod
    def start(self, run_dir: RunDir, settings: Settings) -> Handle:
        """Start the job of `run_dir`, whose `spec.json` is written. Raises BackendError."""

    @abstractmethod
    def is_alive(self, handle: Handle) -> bool:
        """Whether the job's process is still there."""

    @abstractmethod
    def stop(self, handle: Handle, *, force: bool) -> None:
        """Ask the whole job to end, or with `force` end it. Nothing for a job already gone."""


def handle_path(run_dir: RunDir) -> Path:
    """Where a run's handle is kept."""
    return run_dir.path / "process.json"


def write_handle(run_dir: RunDir, handle: Handle) -> None:
    """Remember how to find the job."""
    write_atomically(handle_path(run_dir), dumps(handle) + "\n")


def read_handle(run_dir: RunDir) -> Handle | None:
    """How to find the job; None where it never started."""
    try:
        return loads(Handle, handle_path(run_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
