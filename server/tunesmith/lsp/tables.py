"""Data files that were read, for as long as they stay as they are."""

import asyncio
from pathlib import Path

from tunesmith.data.table import Table, read_table
from tunesmith.lsp.session import Snapshot

MAX_BYTES = 64 * 1024 * 1024
N_KEPT = 4


class Tables:
    """Reads data files beside the event loop and keeps the last few."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, int, int], Table] = {}

    async def read(self, path: Path) -> Table | None:
        """The table; None for a file that is absent, no table, or too large to show rows of."""
        try:
            stat = path.stat()
        except OSError:
            return None
        key = (path, stat.st_size, stat.st_mtime_ns)
        table = self._kept.pop(key, None)
        if table is None and stat.st_size <= MAX_BYTES:
            try:
                table = await asyncio.to_thread(read_table, path)
            except OSError:
                return None
        if table is not None:
            self._kept[key] = table
            for old in list(self._kept)[:-N_KEPT]:
                del self._kept[old]
        return table

    async def train(self, snapshot: Snapshot) -> Table | None:
        """The training data of a prompt; None where it names none inside the workspace."""
        keys = snapshot.loaded.extension.data
        if keys is None or keys.train is None:
            return None
        try:
            path = (snapshot.path.parent / keys.train).resolve()
        except (OSError, RuntimeError, ValueError):
            return None
        is_inside = path.is_relative_to(snapshot.workspace.resolve())
        return await self.read(path) if is_inside else None
