"""Starting jobs and stopping them."""

import os
import shutil
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from tunesmith.jobs.backend import Backend, BackendError, read_handle, write_handle
from tunesmith.jobs.store import BACKENDS, Run, RunStore, is_alive
from tunesmith.settings import Settings
from tunesmith.wire.codec import dumps
from tunesmith.wire.run_dir import RunDir, write_atomically
from tunesmith.wire.spec import JobSpec


@dataclass(frozen=True, kw_only=True)
class Grace:
    """How long a job may take to stop before it is pressed harder."""

    ask_s: float = 15.0
    """From the `cancel` file to a signal. One training step and a checkpoint fit in."""
    signal_s: float = 10.0
    """From the signal to the end by force."""


class RunManager:
    """Submits and cancels the runs of one workspace."""

    def __init__(self, store: RunStore, settings: Settings, grace: Grace | None = None) -> None:
        self.store = store
        self.settings = settings
        self._grace = grace or Grace()
        self._asked: dict[str, float] = {}
        self._signalled: dict[str, float] = {}

    def problem(self) -> str | None:
        """Why no job can be started, or None."""
        return self._backend().problem(self.settings)

    def submit(self, spec: JobSpec) -> str:
        """Start the job and return its run id; the job goes on without us.

        Raises BackendError when it cannot be started; nothing is left behind then.
        """
        problem = self.problem()
        if problem is not None:
            raise BackendError(problem)
        try:
            self._start(spec)
        except OSError as error:
            raise BackendError(f"cannot make the run's folder: {error}") from error
        return spec.run_id

    def resume(self, run_id: str) -> None:
        """Start the job of a run that ended too early again; it goes on where it left off.

        Raises BackendError for a run that is finished, that lives, or that trains nothing.
        """
        problem = self.problem()
        run_dir = self.store.run_dir(run_id)
        if run_dir is None:
            problem = f"no run {run_id} in {self.store.workspace}: see `tunesmith runs list`"
        if problem is not None or run_dir is None:
            raise BackendError(problem or run_id)
        try:
            with _only_one_starts(run_dir):
                run = self._resumable(run_id)
                self._forget(run_id)
                run_dir.cancel_path.unlink(missing_ok=True)
                self._start_in(run_dir, since_seq=run.state.seq)
        except OSError as error:
            raise BackendError(f"cannot start the job of {run_id} again: {error}") from error

    def cancel(self, run_id: str) -> bool:
        """Ask the job to stop; `press` sees to it that it does.

        False for a run that is over or not there: nothing is asked of it then.
        """
        run_dir = self.store.run_dir(run_id)
        if run_dir is None:
            return False
        run = self.store.run(run_id)
        # A run whose files are damaged can be stopped as long as its job lives.
        is_over = run.is_over if run else not is_alive(run_dir)
        if is_over:
            return False
        run_dir.cancel_path.touch()
        self.press(run_id)
        return True

    def press(self, run_id: str) -> None:
        """Call now and then while a run lives: a cancelled job that goes on is pressed harder.

        First it is asked by a file, then by a signal, then ended. What it has been told so far
        is remembered in this process only; a new one starts again with patience.
        """
        run_dir = self.store.run_dir(run_id)
        if run_dir is None or not run_dir.cancel_path.exists() or not is_alive(run_dir):
            self._forget(run_id)
            return
        now = time.monotonic()
        asked = self._asked.setdefault(run_id, now)
        if now - asked < self._grace.ask_s:
            return
        signalled = self._signalled.get(run_id)
        if signalled is None:
            self._signalled[run_id] = now
            self._stop(run_dir, force=False)
        elif now - signalled >= self._grace.signal_s:
            self._stop(run_dir, force=True)

    def _start(self, spec: JobSpec) -> None:
        """Whatever goes wrong, neither a folder nor a job is left behind."""
        run_dir = self._make_folder(spec.run_id)
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, run_dir.path, ignore_errors=True)
            write_atomically(run_dir.spec_path, dumps(spec) + "\n")
            self._start_in(run_dir)
            undo.pop_all()

    def _start_in(self, run_dir: RunDir, *, since_seq: int = 0) -> None:
        backend = self._backend()
        handle = backend.start(run_dir, self.settings)
        try:
            write_handle(run_dir, replace(handle, since_seq=since_seq))
        except OSError:
            backend.stop(handle, force=True)
            raise

    def _resumable(self, run_id: str) -> Run:
        """The run, where it can be resumed. Raises BackendError."""
        run = self.store.run(run_id)
        if run is None:
            raise BackendError(f"{run_id}: its spec.json cannot be read")
        if run.spec.kind != "train":
            raise BackendError(f"{run_id} trained nothing: do it again with `{run.spec.command}`")
        if not run.is_over:
            raise BackendError(
                f"{run_id} is being done: see `tunesmith runs show {run_id} --follow`"
            )
        if run.status == "finished":
            again = f"`tunesmith runs repeat {run_id}`"
            raise BackendError(f"{run_id} is finished; to do it once more: {again}")
        return run

    def _forget(self, run_id: str) -> None:
        """Nothing has been asked of a job that is to be started, or that is gone."""
        self._asked.pop(run_id, None)
        self._signalled.pop(run_id, None)

    def _stop(self, run_dir: RunDir, *, force: bool) -> None:
        handle = read_handle(run_dir)
        if handle is not None:
            BACKENDS[handle.backend].stop(handle, force=force)

    def _backend(self) -> Backend:
        return BACKENDS["local"]

    def _make_folder(self, run_id: str) -> RunDir:
        home = self.store.folder.parent
        home.mkdir(mode=0o700, exist_ok=True)
        ignore = home / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, "*\n")
        self.store.folder.mkdir(mode=0o700, exist_ok=True)
        run_dir = RunDir(self.store.folder / run_id)
        run_dir.path.mkdir(mode=0o700)
        return run_dir


@contextmanager
def _only_one_starts(run_dir: RunDir) -> Generator[None]:
    """Of two who start one job at the same moment, the second waits and then finds it alive."""
    # Not on Windows, where no job can run.
    import fcntl

    descriptor = os.open(run_dir.path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
