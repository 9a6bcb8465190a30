"""What the worker found before, by the content of all that it was found in."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from tunesmith.lint.facts import DataFile
from tunesmith.lint.rows import Memory
from tunesmith.wire.finding import Finding

V = TypeVar("V")

N_FINDINGS = 64
"""Versions of prompts; a few kilobytes each."""
N_DATA = 8
"""Sets of data files; some hundred rows and notes each."""
N_NOTES = 1000
"""Scans whose notes are kept for one such set."""
N_FILES = 64
_CHUNK = 1 << 20

DataKey = tuple[tuple[str, str, str], ...]
"""Of each file what it is for, its path, and the hash of its content."""


class Cache:
    """Bounded: what was not asked for the longest is forgotten."""

    def __init__(self) -> None:
        self.findings: Kept[tuple[Finding, ...]] = Kept(N_FINDINGS)
        self._memories: Kept[Memory] = Kept(N_DATA)
        self._digests: Kept[str] = Kept(N_FILES)

    def data_key(self, files: Iterable[DataFile], pulse: Callable[[], None]) -> DataKey:
        """What tells these files, as they are now, from all others."""
        return tuple(
            (file.key, str(file.path), self._digest(file.path, pulse))
            for file in files
            if file.place == "present"
        )

    def memory(self, data: DataKey) -> Memory:
        """What passes over these files gave, to be added to."""
        return dict(self._memories.get(data) or {})

    def keep_memory(self, data: DataKey, memory: Memory) -> None:
        """Remember it in place of what was known before."""
        self._memories.keep(data, memory if len(memory) <= N_NOTES else {})

    def _digest(self, path: Path, pulse: Callable[[], None]) -> str:
        """Read once for as long as the file's size and times stay as they are."""
        try:
            stamp = _stamp(path)
            return self._digests.get(stamp) or self._digests.keep(stamp, _sha256(path, pulse))
        except OSError as error:
            return str(error)


class Kept(Generic[V]):
    """The last few values that were asked for."""

    def __init__(self, n_kept: int) -> None:
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._n_kept = n_kept

    def get(self, key: Hashable) -> V | None:
        """The value; None where it is not kept, or not any more."""
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def keep(self, key: Hashable, value: V) -> V:
        """Keep a value, in the place of the one that was not asked for the longest."""
        self._values[key] = value
        if len(self._values) > self._n_kept:
            self._values.popitem(last=False)
        return value


def folder_stamp(folder: Path | None) -> Hashable:
    """What changes when a file in a model's folder does."""
    try:
        return folder and tuple(sorted(_stamp(Path(item)) for item in os.scandir(folder)))
    except OSError:
        return None


def _stamp(path: Path) -> tuple[str, int, int, int]:
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _sha256(path: Path, pulse: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            pulse()
    return digest.hexdigest()
