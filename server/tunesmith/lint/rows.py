"""One pass over the data files, in which every rule that looks at rows sees each of them."""

from collections.abc import Callable, Hashable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tunesmith.data.table import Row, RowProblem
from tunesmith.lint.facts import DataFile, DataKey
from tunesmith.wire.finding import Severity

N_SAMPLE = 64
MAX_PROBLEMS = 1000

Memory = MutableMapping[Hashable, Any]
"""What earlier passes over the same bytes gave: notes by rule and key, and what a file is."""


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


@runtime_checkable
class KeyedScan(RowScan, Protocol):
    """A scan whose notes stay true while the files and its `key` stay the same.

    A scan without a key is taken to depend on all of the prompt, and sees the rows anew with
    every version of it.
    """

    @property
    def key(self) -> Hashable:
        """All that the notes depend on besides the files, such as the name of a column."""
        ...


class RowSource(Protocol):
    """Reads a data file, one row at a time."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those known so far: of a table at once, of JSON lines as they come."""
        ...

    @property
    def codec(self) -> str | None:
        """What the file is written in; known with the first row."""
        ...

    def __iter__(self) -> Iterator[Row | RowProblem]:
        """Every row, and every line that is none, in the order of the file."""
        ...


def read_files(
    files: Sequence[DataFile],
    open_rows: Callable[[Path], RowSource],
    scans: Sequence[RowScan],
    memory: Memory,
) -> tuple[DataFile, ...]:
    """The files with what is known of them, once every scan has seen their rows."""
    if scans or any(file.key not in memory for file in files if file.place == "present"):
        read = tuple(_read(file, open_rows, scans) for file in files)
        memory.update((file.key, file) for file in read if file.fault is None)
        return read
    return tuple(_known(file, memory.get(file.key, file)) for file in files)


def _read(
    file: DataFile, open_rows: Callable[[Path], RowSource], scans: Sequence[RowScan]
) -> DataFile:
    if file.place != "present":
        return file
    try:
        return pass_over(file, open_rows(file.path), scans)
    except OSError as error:
        return replace(file, fault=error.strerror or str(error))


def _known(file: DataFile, known: DataFile) -> DataFile:
    """What was known of a file, for the prompt as it is now."""
    return replace(known, name=file.name, span=file.span)


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
        codec=source.codec,
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


def quoted(text: str, most: int = 60) -> str:
    """A value in a message, which may be a whole document.

    >>> quoted("fine"), quoted("a long story", most=6)
    ('"fine"', '"a long…"')
    """
    return f'"{text}"' if len(text) <= most else f'"{text[:most]}…"'


def listed(items: Sequence[str], n_all: int, most: int = 3) -> str:
    """The first few, and how many more there are.

    >>> listed(["line 2", "line 5"], 7)
    'line 2, line 5 and 5 more'
    """
    shown = items[:most]
    more = n_all - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
