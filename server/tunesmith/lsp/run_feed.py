"""Follows the runs that live, and tells what is new in their folders."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tunesmith.jobs.backend import handle_path
from tunesmith.jobs.manager import RunManager
from tunesmith.jobs.store import Run, is_alive, status_of
from tunesmith.jobs.watch import FolderWatch
from tunesmith.lsp.runs import Runs
from tunesmith.wire.events import Record
from tunesmith.wire.run_dir import RunDir, read_tail
from tunesmith.wire.state import fold

logger = logging.getLogger(__name__)
POLL_S = 0.25
LOOK_S = 2.0
REST_S = 0.1
Emit = Callable[[Run, list[Record]], None]


@dataclass(kw_only=True)
class Followed:
    """A run that lives, and how far into its events we have read."""

    run: Run
    manager: RunManager
    offset: int


class RunFeed:
    """Reads every live run's events as they come, and finds runs that others start."""

    def __init__(self, runs: Runs, emit: Emit) -> None:
        self._runs = runs
        self._emit = emit
        self._followed: dict[str, Followed] = {}
        self._stamps: dict[str, int] = {}
        """Of each run's handle when we last looked: it is written anew when a run is resumed."""
        self._rested: dict[str, Followed] = {}
        """Those that were over, and how far we had read."""
        self._seen: set[Path] = set()
        self._bell = asyncio.Event()
        self._watch: FolderWatch | None = None

    async def follow_all(self) -> None:
        """Never returns. A tick at most each 100 ms, so each run speaks ten times a second."""
        loop = asyncio.get_running_loop()
        self._watch = FolderWatch(lambda _: loop.call_soon_threadsafe(self._bell.set))
        try:
            while True:
                self.tick()
                await self._wait()
        finally:
            self._watch.close()

    def follow(self, manager: RunManager, run_id: str) -> None:
        """Follow a run from its first event: one that has just been submitted."""
        self._stamps[run_id] = _stamp(manager, run_id)
        run = manager.store.run(run_id)
        if run is None:
            return
        # Its events are read here one after the other, whatever the store has read of them.
        fresh = replace(run, state=fold(()), status="starting")
        self._followed[run_id] = Followed(run=fresh, manager=manager, offset=0)
        if self._watch:
            self._watch.add(run.run_dir.path)
        self._emit(fresh, [])
        self._bell.set()

    def tick(self) -> None:
        """Look for new runs, and for news in those that live."""
        for manager in self._runs.managers():
            try:
                self._look(manager)
            # One workspace, or one run in it, must not end the feed of the others.
            except (OSError, ValueError) as error:
                logger.warning("cannot look into %s: %s", manager.store.folder, error)
        for followed in tuple(self._followed.values()):
            try:
                self._read(followed)
            # A folder deleted or broken by hand must not end the feed of the others.
            except (OSError, ValueError) as error:
                logger.warning("cannot follow %s any more: %s", followed.run.run_id, error)
                self._drop(followed.run.run_id)

    async def _wait(self) -> None:
        await asyncio.sleep(REST_S)
        timeout = POLL_S - REST_S if self._followed else LOOK_S
        try:
            await asyncio.wait_for(self._bell.wait(), timeout)
        except TimeoutError:
            return
        finally:
            self._bell.clear()

    def _look(self, manager: RunManager) -> None:
        store = manager.store
        is_first = store.workspace not in self._seen
        for run_id in store.ids():
            if run_id in self._followed:
                continue
            if run_id in self._stamps:
                if self._stamps[run_id] != _stamp(manager, run_id):
                    self._take_up(manager, run_id)
            elif is_first:
                self._attach(manager, run_id)
            else:
                self.follow(manager, run_id)
        self._seen.add(store.workspace)

    def _take_up(self, manager: RunManager, run_id: str) -> None:
        """Go on with a run that was over and has been resumed."""
        followed = self._rested.pop(run_id, None)
        if followed is None:
            self._attach(manager, run_id)
            return
        self._stamps[run_id] = _stamp(manager, run_id)
        self._followed[run_id] = followed
        if self._watch:
            self._watch.add(followed.run.run_dir.path)

    def _attach(self, manager: RunManager, run_id: str) -> None:
        """Go on with a run that began before us; what it said before, the editor asks for."""
        self._stamps[run_id] = _stamp(manager, run_id)
        run = manager.store.run(run_id)
        if run is None or run.is_over:
            return
        records, offset = read_tail(run.run_dir.events_path, 0)
        run = replace(run, state=fold(records))
        self._followed[run_id] = Followed(run=run, manager=manager, offset=offset)
        if self._watch:
            self._watch.add(run.run_dir.path)
        self._emit(run, [])

    def _read(self, followed: Followed) -> None:
        run = followed.run
        followed.manager.press(run.run_id)
        stamp = _stamp(followed.manager, run.run_id)
        # Whether the job lives is asked first: what it said before it ended is then on disk.
        alive = is_alive(run.run_dir)
        records, followed.offset = read_tail(run.run_dir.events_path, followed.offset)
        state = fold(records, run.state)
        status = status_of(run.run_dir, state, alive=alive)
        if records or status != run.status:
            followed.run = replace(run, state=state, status=status)
            self._emit(followed.run, records)
        if followed.run.is_over:
            self._stamps[run.run_id] = stamp
            self._rested[run.run_id] = followed
            self._drop(run.run_id)

    def _drop(self, run_id: str) -> None:
        followed = self._followed.pop(run_id, None)
        if followed and self._watch:
            self._watch.remove(followed.run.run_dir.path)


def _stamp(manager: RunManager, run_id: str) -> int:
    """When the run's handle was written; 0 for none."""
    try:
        return handle_path(RunDir(manager.store.folder / run_id)).stat().st_mtime_ns
    except OSError:
        return 0
