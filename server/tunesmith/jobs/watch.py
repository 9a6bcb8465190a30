"""A doorbell that rings when the files of a folder change.

It only saves waiting: whoever must not miss anything looks into the folder now and then all the
same, since watches run out, network drives have none, and a watched folder can be made anew.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

logger = logging.getLogger(__name__)


class FolderWatch:
    """Rings for changes right inside the folders it was given, from a thread of its own.

    `ring` is told the path of the file.
    """

    def __init__(self, ring: Callable[[str], object]) -> None:
        self._bell = _Bell(ring)
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, ObservedWatch] = {}

    def add(self, folder: Path) -> None:
        """Watch `folder`; where the system refuses, the listener's own looks have to do."""
        if folder in self._watches:
            return
        try:
            observer = self._running()
            self._watches[folder] = observer.schedule(self._bell, str(folder))
        except OSError as error:
            logger.warning("cannot watch %s: %s", folder.name, error)

    def remove(self, folder: Path) -> None:
        """Watch `folder` no more."""
        watch = self._watches.pop(folder, None)
        if watch is not None and self._observer is not None:
            self._observer.unschedule(watch)

    def close(self) -> None:
        """End the thread."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(timeout=2)
        self._observer = None
        self._watches.clear()

    def _running(self) -> BaseObserver:
        if self._observer is None:
            observer = Observer()
            observer.daemon = True
            observer.start()
            self._observer = observer
        return self._observer


class _Bell(FileSystemEventHandler):
    def __init__(self, ring: Callable[[str], object]) -> None:
        self._ring = ring

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Readers of the folder open and close its files; only writers are news.
        if event.event_type not in ("opened", "closed_no_write"):
            # A file that was renamed is news under either name.
            for path in filter(None, (event.src_path, event.dest_path)):
                self._call(os.fsdecode(path))

    def _call(self, path: str) -> None:
        try:
            self._ring(path)
        except RuntimeError:
            # The listener's event loop has closed; an exception here would end the thread for all.
            logger.debug("nobody is at home any more")
