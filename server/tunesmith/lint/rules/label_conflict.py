"""Rows with one text and two labels.

Nothing in the text says which label is meant, so that one of the rows is learned or scored wrongly;
most often it is a slip in labelling (C. Northcutt et al., "Pervasive Label Errors in Test Sets",
NeurIPS 2021). Texts are the same where they differ in case, spaces and punctuation only.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label}
    ---
    Positive or negative? {{review}}
    -- films.csv --
    review,label
    Well played.,positive
    Dull.,negative
    well played,negative
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Positive or negative? {{review}}
    -- films.csv --
    review,label
    Well played.,positive
    Dull.,negative
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.row_index import IndexScan, RowIndex, index_of
from tunesmith.lint.rows import Note
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("label-conflict", severity="warning")


def scan(loaded: LoadedPrompt, facts: Facts) -> IndexScan | None:
    """One note for each row that disagrees with the first of its text, twenty in all."""
    if loaded.extension.task != "classification":
        return None
    index = index_of(loaded, facts)
    return index and IndexScan(index, _notes)


def _notes(index: RowIndex) -> Iterator[Note]:
    conflicts = index.repeats.conflicts
    n_more = conflicts.n_rows - len(conflicts.first)
    for row, other in conflicts.first:
        message = (
            f"the same text as {index.where(other, row)}, with another label: keep the right one"
        )
        if n_more and (row, other) == conflicts.first[-1]:
            message += f" (and {n_more:,} more such rows)"
        yield Note(key=row.key, message=message, line=row.line)
