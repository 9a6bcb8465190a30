"""An evaluation file whose every row also stands in the training file, or in the other one.

Most often it is the same file under another name, or in another format. What a model answers to
rows that it was trained on says nothing about new ones.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: copy.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
    -- copy.jsonl --
    {"review": "Dull.", "label": "negative"}
    {"review": "A fine film.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: test.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
    -- test.jsonl --
    {"review": "Too long by far.", "label": "negative"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import DataKey, Facts
from tunesmith.lint.row_index import IndexScan, RowIndex, index_of
from tunesmith.lint.rows import Note
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("eval-is-train", severity="error")


def scan(loaded: LoadedPrompt, facts: Facts) -> IndexScan | None:
    """One note for each such file."""
    index = index_of(loaded, facts)
    return index and IndexScan(index, _notes)


def _notes(index: RowIndex) -> Iterator[Note]:
    said: set[DataKey] = set()
    for (key, other), tally in sorted(index.repeats.shared.items()):
        if tally.n_rows == index.n_rows[key] and key not in said:
            said.add(key)
            why = "is known by heart" if other == "train" else "was chosen by"
            message = (
                f"every row of {index.names[key]} is one of the {other} rows too, and {why}: "
                f'leave out "{key}" to have {index.names["train"]} split'
            )
            yield Note(key=key, message=message, line=tally.first[0][0].line)
