"""Rows that hold the prompt's own instruction already.

The data was made for another prompt, with the wording in it; the model would be told twice, and
told otherwise as soon as the prompt is edited. Sixty-four rows from all over each file are looked
at, since the wording stands in all rows or in none.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Say whether this review is positive or negative.
    {{review}}
    -- films.csv --
    review,label
    Say whether this review is positive or negative. A fine film.,positive
    Say whether this review is positive or negative. Dull.,negative
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Say whether this review is positive or negative.
    {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
"""

from collections.abc import Iterator, Sequence

from tunesmith.lint.columns import named_columns
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rows import quoted
from tunesmith.lint.rule import DataLine, Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("prompt-in-data", severity="warning")
_FEWEST_BYTES = 25
"""In UTF-8, so that nine Chinese characters are enough."""
_FEWEST_MORE = 4
"""Characters around it: a row that is nothing but a line of the prompt is a demonstration of it."""


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each column and file, at the first such row."""
    lines = sorted(set(_lines(loaded)), key=len, reverse=True)
    keys = loaded.extension.data
    columns = (*named_columns(loaded), keys.target or "") if keys and lines else ()
    for file in facts.tables:
        for column in columns:
            yield from _in_column(file, column, lines)


def _lines(loaded: LoadedPrompt) -> Iterator[str]:
    for text in loaded.prompt.texts:
        for line in map(str.strip, text.value.splitlines()):
            if len(line.encode("utf-8", errors="replace")) >= _FEWEST_BYTES:
                yield line


def _in_column(file: DataFile, column: str, lines: Sequence[str]) -> Iterator[Finding]:
    found = [
        (row.line, line)
        for row in file.sample
        for line in lines
        if _holds(row.values.get(column, ""), line)
    ]
    if not found:
        return
    first, line = found[0]
    message = (
        f'the column "{column}" of {file.path.name} holds {quoted(line)}, which the prompt says '
        "too: take it out of one of them"
    )
    yield RULE.at(file.span, message, data=DataLine(path=str(file.path), line=first))


def _holds(value: str, line: str) -> bool:
    return line in value and len(value) >= len(line) + _FEWEST_MORE
