"""Findings as the editor shows them, in the prompt and in the data files behind it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from lsprotocol import types

from tunesmith.features.convert import line_range, to_diagnostic, to_range
from tunesmith.prompt.text import ColumnUnit, LineIndex, Span
from tunesmith.wire.finding import Finding

MAX_PER_FILE = 300


def diagnostics_by_uri(
    findings: Sequence[Finding], uri: str, lines: LineIndex, unit: ColumnUnit
) -> dict[str, list[types.Diagnostic]]:
    """The diagnostics of the prompt at `uri` and of every data file, at most 300 each.

    A finding about a line of data stands there, and once in the prompt for all lines with it.
    """
    found: dict[str, list[types.Diagnostic]] = defaultdict(list)
    for same in _by_place(findings):
        first = same[0]
        if len(found[uri]) < MAX_PER_FILE:
            place = to_range(Span(first.start, first.end), lines, unit)
            found[uri].append(to_diagnostic(first, place, _in_prompt(same)))
        for finding in same:
            if finding.data_path and finding.data_line:
                notes = found[Path(finding.data_path).as_uri()]
                if len(notes) < MAX_PER_FILE:
                    at_line = line_range(finding.data_line)
                    notes.append(to_diagnostic(finding, at_line, finding.message))
    return dict(found)


def carry(findings: Iterable[Finding], old: str, new: str) -> tuple[Finding, ...]:
    """Findings about an older text that still hold a place in the new one.

    Those before an edit stay, those behind it move with their text, those it touched are gone.
    """
    if old == new:
        return tuple(findings)
    head = _n_alike(old, new)
    tail = _n_alike(old[head:][::-1], new[head:][::-1])
    moved = len(new) - len(old)
    kept: list[Finding] = []
    for finding in findings:
        # A fix names places of the text it was made for, so it does not come along.
        if finding.end <= head:
            kept.append(replace(finding, fix=None))
        elif finding.start >= len(old) - tail:
            start, end = finding.start + moved, finding.end + moved
            kept.append(replace(finding, start=start, end=end, fix=None))
    return tuple(kept)


def _n_alike(left: str, right: str) -> int:
    """How many characters two texts begin with in common."""
    # Halving compares whole stretches at once, which is far quicker than one by one.
    lengths = range(1, min(len(left), len(right)) + 1)
    return bisect_left(lengths, True, key=lambda n: left[:n] != right[:n])


def _by_place(findings: Sequence[Finding]) -> Iterable[list[Finding]]:
    """Findings about data, gathered where they share rule and place; all others alone."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for index, finding in enumerate(findings):
        key = (finding.rule, finding.start, finding.end, finding.data_path)
        groups.setdefault(key if finding.data_line else (index,), []).append(finding)
    return groups.values()


def _in_prompt(same: Sequence[Finding]) -> str:
    first = same[0]
    if not first.data_path or not first.data_line:
        return first.message
    file = Path(first.data_path).name
    more = f" (and {len(same) - 1} more like it)" if len(same) > 1 else ""
    return f"{file}, line {first.data_line}: {first.message}{more}"
