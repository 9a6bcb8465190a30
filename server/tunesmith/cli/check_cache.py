"""Findings of earlier checks, kept on disk until anything they depend on has changed.

One file for each folder of prompts. What cannot be read or written is as if it were not there.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tunesmith
from tunesmith.cli.walk import Target
from tunesmith.models.cache import cache_root
from tunesmith.wire.finding import Edit, Finding, Fix

if TYPE_CHECKING:
    from tunesmith.lint.selection import Selection

KEEP_S = 30 * 24 * 3600
CLOCK_TICK_NS = 50_000_000
"""How far the times of files may lag behind the clock."""
LISTING = "/*"
"""At the end of a path: the names in that folder are meant."""
TREE = "/**"
"""At the end of a path: all prompts below that folder are meant."""
Entry = dict[str, Any]


class CheckCache:
    """Asked for every prompt of one run of the command line, and saved at its end."""

    def __init__(self) -> None:
        self._folder = cache_root() / "checks"
        self._began_ns = time.time_ns()
        self._stamps: dict[str, str] = {}
        self._known: dict[Path, dict[str, Entry]] = {}
        self._changed: set[Path] = set()

    def find(self, target: Target, key: str) -> list[Finding] | None:
        """What was found for this key, if all that was looked at is as it was then."""
        entry = self._entries(target.path.parent).get(target.path.name)
        if entry is None or entry["key"] != key:
            return None
        if any(self._stamp(path) != seen for path, seen in entry["looks"].items()):
            return None
        return [_unpacked(finding) for finding in entry["findings"]]

    def keep(
        self, target: Target, key: str, findings: Sequence[Finding], looks: Mapping[str, str]
    ) -> None:
        """Remember what was found, and how all that was looked at was then."""
        # What changed since we began may have been read before that or after.
        if any(self._is_newer(seen) for seen in looks.values()):
            return
        packed = [_packed(finding) for finding in findings]
        entry = {"key": key, "looks": dict(looks), "findings": packed}
        self._entries(target.path.parent)[target.path.name] = entry
        self._changed.add(target.path.parent)

    def save(self) -> None:
        """Write what is new; another run at the same time writes whole files as well."""
        if not self._changed:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._forget_old()
        for folder in self._changed:
            with suppress(OSError):
                names = set(os.listdir(folder))
                entries = self._known[folder]
                kept = {name: entry for name, entry in entries.items() if name in names}
                body = json.dumps(kept)
                _replace(self._path(folder), f"{_head(body)}\n{body}")

    def _entries(self, folder: Path) -> dict[str, Entry]:
        if folder not in self._known:
            self._known[folder] = _read(self._path(folder))
        return self._known[folder]

    def _path(self, folder: Path) -> Path:
        name = blake2b(os.fsencode(folder), digest_size=16).hexdigest()
        return self._folder / f"{name}.json"

    def _stamp(self, path: str) -> str:
        if path not in self._stamps:
            self._stamps[path] = stamp(path)
        return self._stamps[path]

    def _is_newer(self, seen: str) -> bool:
        time_ns, colon, _ = seen.partition(":")
        return bool(colon) and int(time_ns) >= self._began_ns - CLOCK_TICK_NS

    def _forget_old(self) -> None:
        for file in self._folder.iterdir():
            if file.stat().st_mtime < time.time() - KEEP_S:
                file.unlink(missing_ok=True)


def stamp(path: str) -> str:
    """What changes when a file does, or when a name comes into a folder or leaves it."""
    try:
        if path.endswith(TREE):
            from tunesmith.lint.callers import tree_stamp

            return tree_stamp(path.removesuffix(TREE))
        if path.endswith(LISTING):
            names = sorted(os.listdir(path.removesuffix(LISTING) or "/"))
            text = "\0".join(names).encode("utf-8", "surrogateescape")
            return blake2b(text, digest_size=12).hexdigest()
        found = os.stat(path)
    except (OSError, ValueError):
        return "absent"
    changed_ns = max(found.st_ctime_ns, found.st_mtime_ns)
    return f"{changed_ns}:{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"


def key_of(content: bytes, target: Target, selection: "Selection") -> str:
    """What a result depends on that is no file on disk, and the prompt's own text."""
    names = (selection.select, selection.ignore, selection.deny)
    chosen = [selection.preset, *(",".join(sorted(group)) for group in names)]
    digest = blake2b(content, digest_size=16)
    digest.update("\0".join([str(target.workspace), *chosen]).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Entry]:
    try:
        head, _, body = path.read_text(encoding="utf-8").partition("\n")
        return json.loads(body) if head == _head(body) else {}
    except (OSError, ValueError):
        return {}


def _replace(path: Path, text: str) -> None:
    """Unlike other files, this one is not worth waiting for the disk: see `_head`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _head(body: str) -> str:
    """Of a cache file: by this text, of these rules, and whole."""
    return blake2b(f"{_version()}\n{body}".encode(), digest_size=16).hexdigest()


@cache
def _version() -> str:
    """Of everything that findings come from: a change of our own source counts, too."""
    stamps = [sys.version]
    waiting = [os.path.dirname(tunesmith.__file__)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir() and entry.name != "__pycache__":
                    waiting.append(entry.path)
                elif entry.name.endswith(".py"):
                    found = entry.stat()
                    stamps.append(f"{entry.path} {found.st_mtime_ns} {found.st_size}")
    # Where the libraries lie that we check with: it moves when one of them is replaced.
    stamps += [stamp(path) for path in sys.path if path.endswith("-packages")]
    return blake2b("\n".join(sorted(stamps)).encode(), digest_size=16).hexdigest()


def _packed(finding: Finding) -> Entry:
    fix = finding.fix
    plain = None if fix is None else {**vars(fix), "edits": [vars(edit) for edit in fix.edits]}
    return {**vars(finding), "fix": plain}


def _unpacked(plain: Entry) -> Finding:
    fields, fix = dict(plain), plain["fix"]
    if fix is not None:
        edits = tuple(Edit(**edit) for edit in fix["edits"])
        fields["fix"] = Fix(title=fix["title"], edits=edits, safe=fix["safe"])
    return Finding(**fields)
