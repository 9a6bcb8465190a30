"""Parquet, through pyarrow, which is an extra: this module alone outside the engine may load it."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO, cast

from tunesmith.data.columns import Columns
from tunesmith.data.formats.json_values import to_row
from tunesmith.data.row import Row, RowProblem

_N_ROWS = 256
"""Turned into Python's values at a time."""


def read_parquet(file: BinaryIO, columns: Columns) -> Iterator[Row | RowProblem]:
    """Each row, with its number from 1 in place of a line."""
    number = 0
    try:
        import pyarrow  # pyright: ignore[reportMissingTypeStubs]
        from pyarrow import parquet  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        message = 'reading Parquet needs pyarrow: pip install "tunesmith[parquet]"'
        yield RowProblem(line=1, message=message)
        return
    arrow, reader = cast("Any", pyarrow), cast("Any", parquet)
    try:
        table = reader.ParquetFile(file)
        columns.add(table.schema_arrow.names)
        for batch in table.iter_batches(batch_size=_N_ROWS, use_threads=False):
            for record in batch.to_pylist():
                number += 1
                item = to_row(_plain(record), number)
                yield columns.admit(item) if isinstance(item, Row) else item
    except (arrow.ArrowException, OSError) as error:
        what = "nothing behind this row can be read" if number else "cannot be read as Parquet"
        yield RowProblem(line=number + 1, message=f"{what}: {error}")


def _plain(value: object) -> object:
    """A value as JSON could hold it; times and decimals as they are written, bytes as text."""
    match value:
        case dict():
            items = cast("dict[object, object]", value).items()
            return {str(key): _plain(item) for key, item in items}
        case list() | tuple():
            return [_plain(item) for item in cast("list[object]", value)]
        case bytes():
            return value.decode("utf-8", errors="replace")
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
