"""Jobs as processes of this machine, each in a session of its own so that it outlives us."""

import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import suppress

from tunesmith.jobs.backend import Backend, BackendError, Handle
from tunesmith.settings import Settings
from tunesmith.wire.codec import WireError
from tunesmith.wire.process import is_alive, started_at
from tunesmith.wire.run_dir import RunDir

NEEDED = ("tunesmith", "torch", "transformers", "peft", "accelerate")
_LOOK = f"import importlib.util as u; print(*[m for m in {NEEDED} if u.find_spec(m) is None])"


class LocalBackend(Backend):
    """Starts `python -m tunesmith.engine RUN_DIR`, through torchrun where several share it."""

    name = "local"

    def __init__(self) -> None:
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._complete: set[str] = set()

    def problem(self, settings: Settings) -> str | None:
        """What is missing in the Python that is to run the job.

        Only a good answer is remembered: somebody who reads the bad one goes and installs.
        """
        python = settings.engine_python
        if python in self._complete:
            return None
        try:
            missing = _missing(python)
        except (OSError, subprocess.SubprocessError) as error:
            return f"{python} does not run ({error}): set TUNESMITH_ENGINE_PYTHON to one that does"
        if missing:
            names = ", ".join(missing)
            return f'{python} has no {names}: run `{python} -m pip install "tunesmith[engine]"`'
        self._complete.add(python)
        return None

    def start(self, run_dir: RunDir, settings: Settings) -> Handle:
        """Start the job in its own session, its output in `job.log`."""
        try:
            n_processes = _n_processes(run_dir)
            with run_dir.log_path.open("ab") as log:
                child = subprocess.Popen(
                    _command(settings.engine_python, run_dir, n_processes),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=run_dir.path,
                    env=_environment(n_processes),
                    start_new_session=True,
                )
        except (OSError, WireError) as error:
            raise BackendError(f"cannot start {settings.engine_python}: {error}") from error
        self._children[child.pid] = child
        # Where the job has ended already there is no start time; none will match, and that is true.
        return Handle(backend=self.name, pid=child.pid, started=started_at(child.pid) or -1.0)

    def is_alive(self, handle: Handle) -> bool:
        """Whether the job's process is still there."""
        child = self._children.get(handle.pid)
        if child is not None and child.poll() is not None:
            self._children.pop(handle.pid, None)
        return is_alive(handle.pid, handle.started)

    def stop(self, handle: Handle, *, force: bool) -> None:
        """Signal the job's process group, if it is still the job's."""
        if self.is_alive(handle):
            with suppress(ProcessLookupError):
                os.killpg(handle.pid, signal.SIGKILL if force else signal.SIGTERM)


def _n_processes(run_dir: RunDir) -> int:
    """How many share the steps of a run. Raises OSError and WireError."""
    spec = run_dir.read_spec()
    return int(spec.train.get("processes", 1)) if spec.kind == "train" else 1


def _command(python: str, run_dir: RunDir, n_processes: int) -> list[str]:
    job = [python, "-P", "-m", "tunesmith.engine", str(run_dir.path)]
    if n_processes == 1:
        return job
    torchrun = [python, "-P", "-m", "torch.distributed.run", "--standalone", "--no-python"]
    return [*torchrun, "--nproc-per-node", str(n_processes), "--local-addr", "localhost", *job]


def _environment(n_processes: int) -> dict[str, str]:
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false"}
    if n_processes > 1:
        # Each would take every core, or just one if it were left to torchrun.
        n_threads = max(1, (os.cpu_count() or 1) // n_processes)
        environment.setdefault("OMP_NUM_THREADS", str(n_threads))
    return environment


def _missing(python: str) -> list[str]:
    if python == sys.executable:
        return [name for name in NEEDED if importlib.util.find_spec(name) is None]
    shown = subprocess.run([python, "-P", "-c", _LOOK], capture_output=True, text=True, timeout=30)
    if shown.returncode != 0:
        raise subprocess.SubprocessError(shown.stderr.strip() or f"exit code {shown.returncode}")
    return shown.stdout.split()


BACKEND: Backend = LocalBackend()
