"""Rows of an evaluation file that also stand in the training file, or in the other evaluation file.

A model may know their answers by heart, so that a score on them says nothing; the job refuses such
files. Texts are the same where they differ in case, spaces and punctuation only. Of a file that
the tool cuts itself, equal rows stay on one side of the cut, so that there is nothing to say.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: test.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
    -- test.csv --
    review,label
    a fine film,positive
    Too long by far.,negative
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: test.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
    -- test.csv --
    review,label
    Well played.,positive
    Too long by far.,negative
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.row_index import IndexScan, RowIndex, index_of
from tunesmith.lint.rows import Note, listed
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("leak-exact", severity="error")


def scan(loaded: LoadedPrompt, facts: Facts) -> IndexScan | None:
    """One note for each pair of files; none where all rows are shared, see `eval-is-train`."""
    index = index_of(loaded, facts)
    return index and IndexScan(index, _notes)


def _notes(index: RowIndex) -> Iterator[Note]:
    for (key, other_key), tally in sorted(index.repeats.shared.items()):
        n_rows = index.n_rows[key]
        if tally.n_rows == n_rows:
            continue
        pairs = listed(
            [f"line {row.line} ({other.line} there)" for row, other in tally.first], tally.n_rows
        )
        stand = "stands" if tally.n_rows == 1 else "stand"
        message = (
            f"{tally.n_rows:,} of {n_rows:,} rows also {stand} in {index.names[other_key]}: "
            f"{pairs}; a score on them says nothing, take them out"
        )
        yield Note(key=key, message=message, line=tally.first[0][0].line)
