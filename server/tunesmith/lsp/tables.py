"""Data files that were read, for as long as they stay as they are."""

import asyncio
from itertools import islice
from pathlib import Path

from tunesmith.data.stream import PARQUET, Row, open_rows
from tunesmith.data.table import Table, read_table
from tunesmith.lsp.session import Snapshot

MAX_BYTES = 64 * 1024 * 1024
N_KEPT = 4


class Tables:
    """Reads data files beside the event loop and keeps the last few."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str | None, int, int], Table] = {}

    async def read(self, path: Path, target: str | None = None) -> Table | None:
        """The table, to learn `target` of.

        None for a file that is absent, too large to show rows of, or Parquet: the library that
        reads it has no place in the server.
        """
        if path.suffix.lower() == PARQUET:
            return None
        try:
            stat = path.stat()
        except OSError:
            return None
        key = (path, target, stat.st_size, stat.st_mtime_ns)
        table = self._kept.pop(key, None)
        if table is None and stat.st_size <= MAX_BYTES:
            try:
                table = await asyncio.to_thread(read_table, path, target)
            except OSError:
                return None
        if table is not None:
            self._kept[key] = table
            for old in list(self._kept)[:-N_KEPT]:
                del self._kept[old]
        return table

    async def train(self, snapshot: Snapshot) -> Table | None:
        """The training data of a prompt; None where it names none inside the workspace."""
        path = self.train_path(snapshot)
        return await self.read(path, _target(snapshot)) if path else None

    async def first_rows(self, snapshot: Snapshot, n: int) -> list[Row]:
        """The first `n` rows of the training data, however large that is."""
        path = self.train_path(snapshot)
        if path is None or path.suffix.lower() == PARQUET:
            return []
        try:
            return await asyncio.to_thread(_first_rows, path, _target(snapshot), n)
        except OSError:
            return []

    def train_path(self, snapshot: Snapshot) -> Path | None:
        """The file with the training data; None where the workspace holds no such."""
        keys = snapshot.loaded.extension.data
        if keys is None or keys.train is None:
            return None
        try:
            path = (snapshot.path.parent / keys.train).resolve()
            is_there = path.is_relative_to(snapshot.workspace.resolve()) and path.is_file()
        except (OSError, RuntimeError, ValueError):
            return None
        return path if is_there else None


def _target(snapshot: Snapshot) -> str | None:
    keys = snapshot.loaded.extension.data
    return keys and keys.target


def _first_rows(path: Path, target: str | None, n: int) -> list[Row]:
    return list(islice((item for item in open_rows(path, target) if isinstance(item, Row)), n))
