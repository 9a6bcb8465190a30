"""Rows that no run can use: where they stand, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tunesmith.data.row import Row
from tunesmith.data.table import Table

FaultKind = Literal["broken", "unlabelled", "mislabelled", "unrendered", "unencoded", "long"]
KINDS: dict[FaultKind, str] = {
    "broken": "broken",
    "unlabelled": "without a label",
    "mislabelled": "with an unknown label",
    "unrendered": "that the prompt cannot render",
    "unencoded": "that cannot be encoded",
    "long": "too long",
}
"""What is wrong with a row, in words that follow a number."""
N_NAMED = 3
"""Rows in a message."""
WAY_OUT = "bad_rows: skip in tunesmith.train"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A row that cannot be used; one line of `skipped.jsonl`."""

    file: str
    """Relative to the workspace."""
    line: int
    kind: FaultKind
    reason: str
    """In words."""


def sift(
    table: Table, file: str, target: str, labels: Sequence[str] | None
) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    """The rows that can be learned from, and what is wrong with the others, in order of line.

    `labels` are those that a target may be; None: any text.
    """
    good: list[Row] = []
    faults = [
        Fault(file=file, line=problem.line, kind="broken", reason=problem.message)
        for problem in table.problems
    ]
    allowed = None if labels is None else frozenset(labels)
    for row in table.rows:
        label = row.text(target)
        if not label.strip():
            reason = f"the {target} is empty"
            faults.append(Fault(file=file, line=row.line, kind="unlabelled", reason=reason))
        elif allowed is not None and label not in allowed:
            reason = f'"{_short(label)}" is none of the labels {", ".join(labels or ())}'
            faults.append(Fault(file=file, line=row.line, kind="mislabelled", reason=reason))
        else:
            good.append(row)
    return tuple(good), tuple(sorted(faults, key=lambda fault: fault.line))


def told(faults: Sequence[Fault]) -> str:
    """The first few of some faults, how many there are of each kind, and what to do.

    >>> told([Fault(file="a.csv", line=3, kind="unlabelled", reason="the label is empty")])
    'a.csv, line 3: the label is empty. Mend it, or leave it out: bad_rows: skip in tunesmith.train'
    """
    if len(faults) == 1:
        return f"{named(faults)}. Mend it, or leave it out: {WAY_OUT}"
    head = f"{len(faults):,} rows cannot be used ({counted(faults)})"
    return f"{head}: {named(faults)}. Mend them, or leave them out: {WAY_OUT}"


def named(faults: Sequence[Fault]) -> str:
    """The first few, each with its place and its reason."""
    first = "; ".join(
        f"{fault.file}, line {fault.line}: {fault.reason}" for fault in faults[:N_NAMED]
    )
    more = len(faults) - N_NAMED
    return f"{first}; and {more:,} more" if more > 0 else first


def counted(faults: Sequence[Fault]) -> str:
    """How many there are of each kind, such as "2 broken, 1 too long"."""
    counts = Counter(fault.kind for fault in faults)
    return ", ".join(f"{counts[kind]:,} {words}" for kind, words in KINDS.items() if counts[kind])


def _short(label: str) -> str:
    return label if len(label) <= 60 else f"{label[:60]}…"
