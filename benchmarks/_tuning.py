"""A real tuning run, watched from outside: its events, and what its process had taken by then."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tunesmith.wire.events import Cancelled, Failed, Finished, Record, Started
from tunesmith.wire.process import is_alive
from tunesmith.wire.run_dir import RunDir, read_tail
from tunesmith.wire.spec import Scalar

_POLL_S = 0.01
_SILENCE_S = 180.0
"""For a job to say its first word."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An event of a run, and what the run had taken by then."""

    record: Record
    wall_s: float
    """Since the command was typed."""
    cpu_s: float
    """Of the job's process; 0 where it is gone already."""
    peak_bytes: int
    """The most memory that the process ever had."""


class Tuning:
    """A run that has been started."""

    def __init__(self, run_dir: RunDir, began: float) -> None:
        """`began` is when it was asked for, by the monotonic clock."""
        self.run_dir = run_dir
        self._began = began
        self._job: Started | None = None

    def events(self) -> Iterator[Seen]:
        """All that it says. Raises SystemExit where it fails, or is gone without a last word."""
        offset = 0
        while True:
            is_over = self._is_over()
            records, offset = read_tail(self.run_dir.events_path, offset)
            for record in records:
                yield self._seen(record)
                if isinstance(record.event, Failed):
                    raise SystemExit(f"{self.run_dir.path}: {record.event.message}")
                if isinstance(record.event, Finished | Cancelled):
                    return
            if is_over and not records:
                raise SystemExit(f"{self.run_dir.log_path}: the job is gone without a last word")
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.run_dir.cancel_path.touch()
        while not self._is_over():
            time.sleep(_POLL_S)

    def _is_over(self) -> bool:
        if self._job is None:
            return time.monotonic() - self._began > _SILENCE_S
        return not is_alive(self._job.pid, self._job.pid_started)

    def _seen(self, record: Record) -> Seen:
        wall_s = time.monotonic() - self._began
        if isinstance(record.event, Started):
            self._job = record.event
        cpu_s, peak_bytes = _taken(self._job.pid) if self._job else (0.0, 0)
        return Seen(record=record, wall_s=wall_s, cpu_s=cpu_s, peak_bytes=peak_bytes)


@contextmanager
def tuning(
    prompt: Path, settings: Mapping[str, Scalar], *, seed: int = 0, n_threads: int | None = 1
) -> Iterator[Tuning]:
    """Type `tunesmith tune` in the prompt's folder; the run is stopped where it is left early.

    `n_threads` None leaves their number to torch. Raises SystemExit where no run comes of it.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", "tunesmith", "tune", prompt.name, "--detach"]
    command += ["--seed", str(seed)]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    env = {**os.environ, **({} if n_threads is None else {"OMP_NUM_THREADS": str(n_threads)})}
    known = _run_dirs(prompt.parent)
    done = subprocess.run(
        command, cwd=prompt.parent, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    (path,) = _run_dirs(prompt.parent) - known
    run = Tuning(RunDir(path), began)
    try:
        yield run
    finally:
        run.stop()


def _run_dirs(workspace: Path) -> set[Path]:
    return {path.parent for path in (workspace / ".tunesmith" / "runs").glob("*/spec.json")}


def _taken(pid: int) -> tuple[float, int]:
    """CPU seconds and peak memory of a process; zeros where it is gone."""
    folder = Path(f"/proc/{pid}")
    try:
        fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        lines = (folder / "status").read_text(encoding="utf-8").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0.0, 0
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return cpu_s, int(peak.split()[1]) * 1024
