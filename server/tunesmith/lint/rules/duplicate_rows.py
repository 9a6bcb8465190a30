"""Rows that say the same as an earlier row of their file, target included.

Such a row counts twice: in training it weighs double, in an evaluation it makes the score look
surer than it is. Texts are the same where they differ in case, spaces and punctuation only, as for
the split. Few of them are a piece of information: below one row in a hundred (K. Lee et al.,
"Deduplicating Training Data Makes Language Models Better", ACL 2022).

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
    a fine film,positive
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

from tunesmith.lint.facts import Facts
from tunesmith.lint.row_index import IndexScan, RowIndex, index_of
from tunesmith.lint.rows import Note, listed
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("duplicate-rows", severity="warning")
_MANY = 0.01


def scan(loaded: LoadedPrompt, facts: Facts) -> IndexScan | None:
    """One note for each file."""
    index = index_of(loaded, facts)
    return index and IndexScan(index, _notes)


def _notes(index: RowIndex) -> Iterator[Note]:
    for key, tally in index.repeats.same.items():
        pairs = listed(
            [f"line {row.line} (as {other.line})" for row, other in tally.first], tally.n_rows
        )
        n_rows = index.n_rows[key]
        say = "says" if tally.n_rows == 1 else "say"
        message = (
            f"{tally.n_rows:,} of {n_rows:,} rows {say} the same as an earlier one: {pairs}; "
            "each counts twice"
        )
        is_many = tally.n_rows >= _MANY * n_rows
        severity = None if is_many else "information"
        yield Note(key=key, message=message, line=tally.first[0][0].line, severity=severity)
