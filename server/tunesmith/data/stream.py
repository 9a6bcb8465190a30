"""Data files as rows that remember their line, read one at a time.

What cannot be read as a row is a problem in its place, and reading goes on. Only a bounded part of
a file is in memory at any moment, whatever the file is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO, cast

from tunesmith.data import packed
from tunesmith.data.columns import Columns
from tunesmith.data.conversation import HISTORY, split_answer
from tunesmith.data.encoding import Codec, examine
from tunesmith.data.formats.delimited import read_delimited
from tunesmith.data.formats.json_array import read_json_array
from tunesmith.data.formats.json_lines import read_json_lines
from tunesmith.data.formats.parquet import read_parquet
from tunesmith.data.lines import MAX_CHARS
from tunesmith.data.packed import Unpacked
from tunesmith.data.row import Row, RowProblem

__all__ = [
    "HEADED",
    "MAX_CHARS",
    "PARQUET",
    "SUFFIXES",
    "Row",
    "RowProblem",
    "RowStream",
    "open_rows",
]


class _Read(Protocol):
    def __call__(
        self, text: TextIO, columns: Columns, /, *, is_sound: bool
    ) -> Iterator[Row | RowProblem]: ...


@dataclass(frozen=True, kw_only=True)
class _Format:
    """A format of text."""

    read: _Read
    newline: str | None
    """As `open` has it: which line ends there are, and whether they are kept."""


# The csv module wants line ends of every kind as they are.
_FORMATS = {
    ".csv": _Format(read=partial(read_delimited, delimiter=","), newline=""),
    ".tsv": _Format(read=partial(read_delimited, delimiter="\t"), newline=""),
    ".jsonl": _Format(read=read_json_lines, newline="\n"),
    ".json": _Format(read=read_json_array, newline=None),
}
HEADED = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
"""Formats in which every row has the same columns, named at the top."""
PARQUET = ".parquet"
SUFFIXES = (*_FORMATS, *(suffix + packed.SUFFIX for suffix in _FORMATS), PARQUET)
"""How the name of a data file may end, in small letters."""


class RowStream:
    """The rows of a file, with the lines that are none, in the order of the file."""

    def __init__(
        self, path: Path, open_file: Callable[[], BinaryIO], target: str | None = None
    ) -> None:
        """`path` says the format. Iterating raises OSError where the file cannot be read.

        Where the column `target` holds conversations, their last turn is the target, and a column
        `history` has the turns before it.
        """
        self.codec: Codec | None = None
        """What a text is written in; None until the first row is asked for."""
        self._columns = Columns()
        self._name = path.name.lower()
        self._open = open_file
        self._target = target

    @property
    def columns(self) -> tuple[str, ...]:
        """Those known so far: of a table after its first line, of JSON objects as they come."""
        return self._columns.names

    def __iter__(self) -> Iterator[Row | RowProblem]:
        if self._target is None:
            yield from self._items()
            return
        for item in self._items():
            split = split_answer(item, self._target) if isinstance(item, Row) else item
            if split is not item and isinstance(split, Row):
                self._columns.add((HISTORY,))
            yield split

    def _items(self) -> Iterator[Row | RowProblem]:
        if not self._name.endswith(SUFFIXES):
            message = f"not a data file: its name must end in {', '.join(SUFFIXES)}"
            yield RowProblem(line=1, message=message)
            return
        with self._open() as file:
            if self._name.endswith(PARQUET):
                yield from read_parquet(file, self._columns)
            elif self._name.endswith(packed.SUFFIX):
                yield from self._packed(Unpacked(file))
            else:
                yield from self._text(file, self._name)

    def _packed(self, unpacked: Unpacked) -> Iterator[Row | RowProblem]:
        # A record that ends where the file is torn may lack a part, and still look whole.
        last: Row | RowProblem | None = None
        content = cast("BinaryIO", BufferedReader(unpacked))
        for item in self._text(content, self._name.removesuffix(packed.SUFFIX)):
            if last:
                yield last
            last = item
        if unpacked.fault:
            yield RowProblem(line=last.line if last else 1, message=unpacked.fault)
        elif last:
            yield last

    def _text(self, file: BinaryIO, name: str) -> Iterator[Row | RowProblem]:
        encoding = examine(file)
        self.codec = encoding.codec
        if encoding.fault:
            yield RowProblem(line=1, message=encoding.fault)
            return
        file.seek(0)
        form = _FORMATS[Path(name).suffix]
        with TextIOWrapper(
            file, encoding.codec, errors="surrogateescape", newline=form.newline
        ) as text:
            yield from form.read(text, self._columns, is_sound=encoding.is_sound)


def open_rows(path: Path, target: str | None = None) -> RowStream:
    """The rows of a data file, split as `RowStream` says; iterating may raise OSError."""
    return RowStream(path, lambda: path.open("rb"), target)
