"""Some rows of the data set in the prompt, for rules that need not see them all."""

from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.data.table import Row
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.prompt.example import Example, make_example
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.render import RenderError

N_ROWS = 16


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One row, and what the prompt makes of it."""

    file: DataFile
    row: Row
    example: Example


def samples(loaded: LoadedPrompt, facts: Facts, n_rows: int = N_ROWS) -> Iterator[Sample]:
    """Rows from all over the first file that was read; one that cannot be rendered is left out."""
    data = loaded.extension.data
    file = next(facts.tables, None)
    if data is None or file is None:
        return
    step = max(1, len(file.sample) // n_rows)
    for row in file.sample[::step][:n_rows]:
        try:
            yield Sample(file=file, row=row, example=make_example(loaded, data.values(row.given)))
        except RenderError:
            continue
