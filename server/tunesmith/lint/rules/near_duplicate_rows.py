"""Rows that say nearly the same as another row of their file.

Four fifths of their 5-grams of characters are the same. Where the tool cuts the file itself, such
rows may fall on both sides of the cut; only equal texts are kept together. Of a larger file, the
first 10,000 rows are compared, each by its first 2,000 characters, if it has 50 at least.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    "A slow start, but the last hour of this film is the best that I have seen for years.",good
    "A slow start, but the last hour of the film is the best that I have seen for years!",good
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    "A slow start, but the last hour of this film is the best that I have seen for years.",good
    "Nobody in it seems to know why they are there, and after an hour neither did I.",bad
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.near_rows import NearRows, NearScan, near_scan
from tunesmith.lint.row_index import RowIndex, index_of
from tunesmith.lint.rows import Note, listed
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("near-duplicate-rows", severity="information")


def scan(loaded: LoadedPrompt, facts: Facts) -> NearScan | None:
    """One note for each file."""
    return near_scan(index_of(loaded, facts), _notes)


def _notes(index: RowIndex, near: NearRows) -> Iterator[Note]:
    for key, tally in near.same.items():
        pairs = listed(
            [f"line {row.line} (as {other.line})" for row, other in tally.first], tally.n_rows
        )
        say = "says" if tally.n_rows == 1 else "say"
        rows = near.rows(index, key)
        message = f"{tally.n_rows:,} of {rows} {say} nearly the same as an earlier one: {pairs}"
        yield Note(key=key, message=message, line=tally.first[0][0].line)
