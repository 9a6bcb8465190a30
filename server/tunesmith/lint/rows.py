"""One pass over the data files, in which every rule that looks at rows sees each of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tunesmith.data.table import Row, RowProblem
from tunesmith.lint.facts import DataFile, DataKey
from tunesmith.wire.finding import Severity

N_SAMPLE = 64
MAX_PROBLEMS = 1000


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a scan says: about a line of a data file, or about the file."""

    key: DataKey
    """Of the file."""
    message: str
    line: int | None = None
    """None: about the file as a whole."""
    severity: Severity | None = None
    """None: the rule's own."""


class RowScan(Protocol):
    """A rule at work on the rows. It may keep counts and hashes, never the rows themselves."""

    def row(self, file: DataFile, row: Row, /) -> None:
        """See one row; those of train come first, then validation, then test."""
        ...

    def notes(self) -> Iterator[Note]:
        """What there is to say after the last row, the most important first."""
        ...


class RowSource(Protocol):
    """Reads a data file, one row at a time."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those known so far: of a table at once, of JSON lines as they come."""
        ...

    def __iter__(self) -> Iterator[Row | RowProblem]:
        """Every row, and every line that is none, in the order of the file."""
        ...


def pass_over(file: DataFile, source: RowSource, scans: Iterable[RowScan]) -> DataFile:
    """Show every row of a file to the scans; the file, with what is then known of it."""
    scans = tuple(scans)
    n_rows = n_problems = 0
    problems: list[RowProblem] = []
    sample: list[Row] = []
    for item in source:
        if isinstance(item, RowProblem):
            n_problems += 1
            if len(problems) < MAX_PROBLEMS:
                problems.append(item)
            continue
        n_rows += 1
        _keep(sample, item, n_rows)
        for scan in scans:
            scan.row(file, item)
    return replace(
        file,
        columns=source.columns,
        n_rows=n_rows,
        sample=_even(sample),
        problems=tuple(problems),
        n_problems=n_problems,
    )


def _keep(sample: list[Row], row: Row, n_seen: int) -> None:
    """Every row up to twice the sample, then every second of them, every fourth and so on."""
    step = 1
    while n_seen > 2 * N_SAMPLE * step:
        step *= 2
    if (n_seen - 1) % step:
        return
    if len(sample) == 2 * N_SAMPLE:
        sample[:] = sample[::2]
    sample.append(row)


def _even(sample: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(sample[:: max(1, len(sample) // N_SAMPLE)][:N_SAMPLE])
