"""Data files that were read, kept until they change."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tunesmith.data.table import Table, parse_table

_MOST = 16


@dataclass(frozen=True, kw_only=True)
class _Kept:
    stamp: tuple[int, int]
    """Time of the last change, in nanoseconds, and size."""
    digest: bytes
    table: Table


class TableCache:
    """Reads a file again when its time or size changed, and parses it when its bytes did."""

    def __init__(self) -> None:
        self._kept: dict[Path, _Kept] = {}

    def read(self, path: Path) -> Table:
        """The table at `path` as it is now. Raises OSError."""
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        kept = self._kept.pop(path, None)
        if kept is None or kept.stamp != stamp:
            kept = _read(path, stamp, kept)
        self._kept[path] = kept
        if len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]
        return kept.table


def _read(path: Path, stamp: tuple[int, int], before: _Kept | None) -> _Kept:
    content = path.read_bytes()
    digest = hashlib.sha256(content).digest()
    if before and before.digest == digest:
        return _Kept(stamp=stamp, digest=digest, table=before.table)
    return _Kept(stamp=stamp, digest=digest, table=parse_table(path, content))
