"""A row without a target.

There is nothing to learn from it, and in an evaluation every answer to it is wrong.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
"""

from collections.abc import Iterator

from tunesmith.data.stream import Row
from tunesmith.lint.blank import is_empty, value_of
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.row_counts import Count, RowCounts, Said
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("empty-target", severity="error")


def scan(loaded: LoadedPrompt, _facts: Facts) -> RowCounts | None:
    """One note for each file, at the first such row."""
    keys = loaded.extension.data
    if keys is None or keys.target is None:
        return None
    target, labels = keys.target, keys.labels or ()

    def find(file: DataFile, row: Row) -> Iterator[tuple[str, str]]:
        value = value_of(file, row, target)
        if value is not None and is_empty(value) and value not in labels:
            yield target, value

    return RowCounts((target, labels), find, _say)


def _say(count: Count) -> Said:
    shown = f' ("{count.value}" in the first)' if count.value.strip() else ""
    message = f'no "{count.kind}" in {count.rows} of {count.file.path.name}{shown}'
    return Said(f"{message}: fill it in, or take the row out")
