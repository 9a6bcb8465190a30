"""Watches the files around open prompts, for editors that watch none themselves."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from tunesmith.data.table import SUFFIXES
from tunesmith.jobs.watch import FolderWatch
from tunesmith.prompt.files import SUFFIX
from tunesmith.settings import SETTINGS_FILES

logger = logging.getLogger(__name__)
WATCHED = (SUFFIX, *SUFFIXES, *SETTINGS_FILES)


class Neighbours:
    """The folders of open prompts, their data and settings, each without those inside it."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._watch: FolderWatch | None = None
        self._seen: dict[str, set[Path]] = {}

    def start(self) -> None:
        """Watch from here on; an editor that does so itself never asks for it."""
        loop = asyncio.get_running_loop()

        def ring(path: str) -> None:
            if path.endswith(WATCHED):
                loop.call_soon_threadsafe(self._on_change)

        self._watch = FolderWatch(ring)

    def see(self, uri: str, folders: set[Path]) -> None:
        """Let `folders` be what matters to one prompt."""
        if self._watch is None:
            return
        before = self._all()
        self._seen[uri] = {folder for folder in folders if folder.is_dir()}
        after = self._all()
        for folder in before - after:
            self._watch.remove(folder)
        for folder in after - before:
            self._watch.add(folder)

    def close(self) -> None:
        """Watch nothing any more."""
        if self._watch is not None:
            self._watch.close()
        self._watch = None

    def _all(self) -> set[Path]:
        return {folder for folders in self._seen.values() for folder in folders}
