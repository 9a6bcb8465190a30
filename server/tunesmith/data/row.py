"""One record of a data set, and what stands in the place of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One record."""

    row_id: str
    """Its line, or its place in a JSON list; in a table, its `id` where that names every row."""
    line: int
    """Where it starts in the file, from 1; in a Parquet file, its number."""
    values: dict[str, str]
    """Column to text; a JSON object need not have all columns."""
    others: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    """Those of the values that are no text in the file: numbers, lists, objects, as they are."""

    def text(self, column: str) -> str:
        """What stands in a column; nothing where the row lacks it."""
        return self.values.get(column, "")

    @property
    def given(self) -> Mapping[str, object]:
        """What a template is given: lists that it can go through, and not their JSON."""
        return {**self.values, **self.others} if self.others else self.values


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """Something in the file that could not be read as a row."""

    line: int
    message: str
