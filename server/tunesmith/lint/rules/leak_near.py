"""Rows of an evaluation file that are nearly rows of the training file, or of the other one.

Four fifths of their 5-grams of characters are the same: an edited copy, or text made from one
template. K. Lee et al., "Deduplicating Training Data Makes Language Models Better" (ACL 2022),
found such rows in most public data sets. Of a larger file, the first 10,000 rows are compared, each
by its first 2,000 characters, if it has 50 at least.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: test.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    "A slow start, but the last hour of this film is the best that I have seen for years.",good
    -- test.csv --
    review,label
    "A slow start, but the last hour of the film is the best that I have seen for years!",good
    Too long by far.,bad
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: test.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    "A slow start, but the last hour of this film is the best that I have seen for years.",good
    -- test.csv --
    review,label
    "Nobody in it seems to know why they are there, and after an hour neither did I.",bad
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.near_rows import NearRows, NearScan, near_scan
from tunesmith.lint.row_index import RowIndex, index_of
from tunesmith.lint.rows import Note, listed
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("leak-near", severity="warning")


def scan(loaded: LoadedPrompt, facts: Facts) -> NearScan | None:
    """One note for each pair of files."""
    return near_scan(index_of(loaded, facts), _notes)


def _notes(index: RowIndex, near: NearRows) -> Iterator[Note]:
    for (key, other_key), tally in near.shared.items():
        pairs = listed(
            [f"line {row.line} ({other.line} there)" for row, other in tally.first], tally.n_rows
        )
        nearly = "is nearly one" if tally.n_rows == 1 else "are nearly rows"
        rows = near.rows(index, key, other_key)
        message = (
            f"{tally.n_rows:,} of {rows} {nearly} of {index.names[other_key]}: {pairs}; "
            "if they are copies, a score on them says little"
        )
        yield Note(key=key, message=message, line=tally.first[0][0].line)
