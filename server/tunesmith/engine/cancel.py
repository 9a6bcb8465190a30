"""Being asked to stop: by a file in the run folder, or by a signal."""

import signal
from types import FrameType

from tunesmith.wire.run_dir import RunDir


class JobCancelled(Exception):
    """Somebody asked the job to stop."""


class CancelSwitch:
    """Asked often, so that a job stops within one small piece of work."""

    def __init__(self, run_dir: RunDir) -> None:
        self._path = run_dir.cancel_path
        self._is_signalled = False

    def listen(self) -> None:
        """Let SIGTERM and SIGINT ask for a stop; for the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    @property
    def is_on(self) -> bool:
        """Somebody has asked."""
        return self._is_signalled or self._path.exists()

    def check(self) -> None:
        """Raise JobCancelled once somebody has asked."""
        if self.is_on:
            raise JobCancelled

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_signalled = True
