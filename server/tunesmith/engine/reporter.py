"""A job's voice: events to `events.jsonl`, their fold to `state.json`."""

import fcntl
import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Event, Record, Row, Sample, Step, Warned
from tunesmith.wire.run_dir import RunDir, read_tail, write_state
from tunesmith.wire.state import RunState, fold

STATE_EVERY_S = 0.5


class RunIsTaken(Exception):
    """Another job writes this run, or has written it."""


class Reporter:
    """The only writer of one run folder; use it as a context, so that nothing stays unwritten.

    Where an earlier job of the run has spoken, numbers and seconds go on from its last event.

    Every event is a whole line on disk when `emit` returns. Where the disk is full, events wait in
    memory for room, in order, and the run says so once there is some.
    """

    def __init__(self, run_dir: RunDir) -> None:
        """Take the run folder. Raises RunIsTaken, and OSError where it cannot be written."""
        self.run_dir = run_dir
        self.state = RunState()
        self.listeners: list[Callable[[Event], None]] = []
        self._file = os.open(run_dir.events_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._started = time.monotonic()
        self._take()
        self._waiting: list[bytes] = []
        self._state_due = 0.0

    def emit(self, event: Event) -> Record:
        """Number the event, write it, and bring the state up to date."""
        record = self._fold_in(event)
        had_room = not self._waiting
        self._waiting.append((dumps(record.plain()) + "\n").encode())
        self._write_waiting()
        if not had_room and not self._waiting:
            self.emit(Warned(message="The disk was full; events had to wait until there was room."))
        is_frequent = isinstance(event, Step | Row | Sample)
        if not is_frequent or time.monotonic() >= self._state_due:
            self._write_state()
        for hear in self.listeners:
            hear(event)
        return record

    def close(self) -> None:
        """Let go of the folder. Raises OSError where events could still not be written."""
        try:
            self._write_waiting()
            self._write_state()
            if self._waiting:
                n_lost = len(self._waiting)
                raise OSError(f"{self.run_dir.events_path}: no room for the last {n_lost} events")
        finally:
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._go_on()
        except BlockingIOError as error:
            os.close(self._file)
            message = f"{self.run_dir.path}: another job is doing this run"
            raise RunIsTaken(message) from error
        except (RunIsTaken, OSError):
            os.close(self._file)
            raise

    def _go_on(self) -> None:
        records, end = read_tail(self.run_dir.events_path, 0)
        self.state = fold(records)
        if self.state.status == "finished":
            raise RunIsTaken(f"{self.run_dir.path}: this run has been done; start a new one")
        # A job that was killed while it wrote left a part of a line.
        os.ftruncate(self._file, end)
        if records:
            self._started -= records[-1].at_s

    def _fold_in(self, event: Event) -> Record:
        at_s = time.monotonic() - self._started
        record = Record(seq=self.state.seq + 1, at_s=at_s, event=event)
        self.state = fold([record], self.state)
        return record

    def _write_waiting(self) -> None:
        while self._waiting:
            end = os.fstat(self._file).st_size
            line = self._waiting[0]
            try:
                if os.write(self._file, line) < len(line):
                    raise OSError("only a part of the line fitted")
            except OSError:
                # A torn line would swallow the one that follows it.
                os.ftruncate(self._file, end)
                return
            del self._waiting[0]

    def _write_state(self) -> None:
        # The state says no more than the events on disk, which it can be made from again.
        if self._waiting:
            return
        try:
            write_state(self.run_dir, self.state)
        except OSError:
            return
        self._state_due = time.monotonic() + STATE_EVERY_S
