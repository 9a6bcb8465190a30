"""Findings that a person knows and lives with for now, in a file that stands beside the prompts.

Each is known by its rule and by the text of its line, so that it stays known when lines above it
come and go, and becomes new when its own line is changed.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

from tunesmith.cli.errors import CliError
from tunesmith.cli.findings import Checked
from tunesmith.wire.finding import Finding
from tunesmith.wire.run_dir import write_atomically

VERSION = 1


@dataclass(frozen=True, order=True, kw_only=True)
class Known:
    """What is alike in findings that count as the same."""

    file: str
    """Relative to the folder of the baseline, with slashes."""
    rule: str
    line: str
    """Hash of the line's text."""


NOTHING: Counter[Known] = Counter()


@dataclass(frozen=True, kw_only=True)
class Sifted:
    """Findings without the known ones."""

    checked: Sequence[Checked]
    n_known: int
    n_stale: int
    """Entries of the baseline that nothing answers to any more."""


def read_baseline(path: Path) -> Counter[Known]:
    """The known findings and how many there are of each. Raises CliError."""
    try:
        plain: Any = json.loads(path.read_text(encoding="utf-8"))
        if plain["version"] != VERSION:
            raise ValueError(f"its version is not {VERSION}")
        entries = cast("list[dict[str, Any]]", plain["findings"])
        return Counter({_known(entry): int(entry["count"]) for entry in entries})
    except OSError as error:
        raise CliError(
            f"{path}: cannot be read: {error.strerror}; make it with --write-baseline"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = f" ({error})" if isinstance(error, ValueError) else ""
        raise CliError(
            f"{path}: is no baseline{why}: delete it, and make it anew with --write-baseline"
        ) from error


def write_baseline(path: Path, checked: Iterable[Checked], others: Counter[Known]) -> int:
    """Let all that was found be known, and `others` stay so; how many findings that are.

    Raises CliError.
    """
    folder = path.parent
    found = Counter(_key(one, finding, folder) for one in checked for finding in one.findings)
    entries = [
        {"file": known.file, "rule": known.rule, "line": known.line, "count": count}
        for known, count in sorted((found + others).items())
    ]
    try:
        write_atomically(
            path, json.dumps({"version": VERSION, "findings": entries}, indent=1) + "\n"
        )
    except OSError as error:
        raise CliError(f"{path}: cannot be written: {error.strerror}") from error
    return found.total()


def sift(checked: Sequence[Checked], path: Path, known: Counter[Known]) -> Sifted:
    """Leave out what is known, as often as it is."""
    left = Counter(known)
    new = [_without(one, path.parent, left) for one in checked]
    n_before = sum(len(one.findings) for one in checked)
    # Nobody looked whether those that are still there have what is known of them.
    stale = left - others_than(checked, path, left)
    return Sifted(
        checked=new,
        n_known=n_before - sum(len(one.findings) for one in new),
        n_stale=stale.total(),
    )


def others_than(checked: Iterable[Checked], path: Path, known: Counter[Known]) -> Counter[Known]:
    """What is known of prompts that are still there and were not checked this time."""
    files = {_name(one, path.parent) for one in checked}
    return Counter(
        {
            key: count
            for key, count in known.items()
            if key.file not in files and (path.parent / key.file).is_file()
        }
    )


def _without(one: Checked, folder: Path, left: Counter[Known]) -> Checked:
    kept: list[Finding] = []
    for finding in one.findings:
        key = _key(one, finding, folder)
        if left[key] > 0:
            left[key] -= 1
        else:
            kept.append(finding)
    return replace(one, findings=tuple(kept))


def _key(one: Checked, finding: Finding, folder: Path) -> Known:
    line = one.line_of(finding).strip().encode("utf-8", "surrogatepass")
    return Known(
        file=_name(one, folder),
        rule=finding.rule,
        line=blake2b(line, digest_size=8).hexdigest(),
    )


def _name(one: Checked, folder: Path) -> str:
    return Path(os.path.relpath(one.target.path, folder)).as_posix()


def _known(entry: dict[str, Any]) -> Known:
    return Known(file=str(entry["file"]), rule=str(entry["rule"]), line=str(entry["line"]))
