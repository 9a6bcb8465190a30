"""Repairs, made until none is left to make; a file is replaced whole or not at all."""

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from io import StringIO
from pathlib import Path

from tunesmith.cli.errors import CliError
from tunesmith.cli.reading import read_bytes
from tunesmith.wire.finding import Finding, Fix

MAX_ROUNDS = 20
"""Repairs that bring each other back end here."""
Check = Callable[[str], Sequence[Finding]]


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A prompt after its repairs."""

    text: str
    findings: Sequence[Finding]
    """Those that are left."""
    n_fixes: int


def fix_text(text: str, findings: Sequence[Finding], check: Check, *, unsafe: bool) -> Fixed:
    """Make the repairs that `findings` bring along, and those that `check` then finds to make.

    A repair after which there are more errors than before is not made.
    """
    n_fixes, refused, seen = 0, set[Fix](), {text}
    for _ in range(MAX_ROUNDS):
        chosen = _apart(fix for fix in _fixes(findings, unsafe=unsafe) if fix not in refused)
        after = apply(text, chosen)
        if after in seen:
            break
        rest = check(after)
        if _n_errors(rest) > _n_errors(findings):
            before = _n_errors(findings)
            guilty = {fix for fix in chosen if _n_errors(check(apply(text, [fix]))) > before}
            # Where only all of them together do harm, the first is made alone.
            refused |= guilty or {*chosen[1:]}
            continue
        text, findings, n_fixes = after, rest, n_fixes + len(chosen)
        seen.add(text)
        refused.clear()
    return Fixed(text=text, findings=findings, n_fixes=n_fixes)


def apply(text: str, fixes: Iterable[Fix]) -> str:
    """The text with repairs made that touch different places; its kind of line end is kept."""
    has_crlf = "\r\n" in text and text.count("\n") == text.count("\r\n")
    edits = [edit for fix in fixes for edit in fix.edits]
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        new = edit.text
        if has_crlf:
            new = new.replace("\r\n", "\n").replace("\n", "\r\n")
        text = text[: edit.start] + new + text[edit.end :]
    return text


def diff(name: str, before: str, after: str) -> str:
    """What repairs change, as `patch` and `git apply` read it."""
    # Only "\n" ends a line there, where Python knows a dozen characters that do.
    lines = unified_diff(
        [*StringIO(before, newline="\n")], [*StringIO(after, newline="\n")], name, name
    )
    missing = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + missing for line in lines)


def replace_file(path: Path, before: bytes, text: str) -> None:
    """Put `text` into a file that holds `before`, with the rights that it has. Raises CliError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        # Made for its owner alone, until it has the rights of the file it replaces.
        number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        if read_bytes(path) != before:
            raise CliError(f"{path}: was changed while it was checked, and is left as it is")
        temporary.replace(path)
    except OSError as error:
        raise CliError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _fixes(findings: Iterable[Finding], *, unsafe: bool) -> list[Fix]:
    found = [finding.fix for finding in findings if finding.fix and finding.fix.edits]
    return [fix for fix in found if fix.safe or unsafe]


def _apart(fixes: Iterable[Fix]) -> list[Fix]:
    """As many as can be made at once, the first of those that touch the same place."""
    chosen: list[Fix] = []
    taken: list[tuple[int, int]] = []
    for fix in fixes:
        places = [(edit.start, edit.end) for edit in fix.edits]
        if not any(_touch(place, other) for place in places for other in taken):
            chosen.append(fix)
            taken += places
    return chosen


def _touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] == other[0] or (one[0] < other[1] and other[0] < one[1])


def _n_errors(findings: Iterable[Finding]) -> int:
    return sum(finding.severity == "error" for finding in findings)
