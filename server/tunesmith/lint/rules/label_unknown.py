"""A target in the data that is none of the declared labels.

It is one more class that the prompt never offers, most often a slip of the pen.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label, labels: [positive, negative]}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "Negative"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label, labels: [positive, negative]}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "negative"}
"""

from collections.abc import Iterator

from tunesmith.data.table import Row
from tunesmith.lint.blank import is_empty
from tunesmith.lint.facts import DataFile, DataKey, Facts
from tunesmith.lint.near import did_you_mean
from tunesmith.lint.rows import Note, quoted
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("label-unknown", severity="error")
_MOST = 20
_MOST_KEPT = 1000
"""Labels that are told apart; more of them are no slips of the pen."""


def scan(loaded: LoadedPrompt, _facts: Facts) -> "_Labels | None":
    """One note for each such label and file, with the first row that has it."""
    keys = loaded.extension.data
    if keys is None or keys.target is None or keys.labels is None:
        return None
    return _Labels(keys.target, keys.labels)


class _Labels:
    def __init__(self, target: str, known: tuple[str, ...]) -> None:
        self.key = target, known
        self._target, self._known = target, dict.fromkeys(known)
        self._found: dict[tuple[DataKey, str], tuple[int, int]] = {}
        """The first line and how many rows there are."""

    def row(self, file: DataFile, row: Row) -> None:
        label = row.values.get(self._target, "")
        if label in self._known or is_empty(label):
            return
        if len(self._found) < _MOST_KEPT or (file.key, label) in self._found:
            line, n_rows = self._found.get((file.key, label), (row.line, 0))
            self._found[file.key, label] = line, n_rows + 1

    def notes(self) -> Iterator[Note]:
        for n_said, ((key, label), (line, n_rows)) in enumerate(self._found.items(), start=1):
            rows = "1 row" if n_rows == 1 else f"{n_rows} rows"
            near = did_you_mean(label, self._known)
            message = f"{quoted(label)} is none of the labels ({rows}){near}"
            if n_said == _MOST < len(self._found):
                at_least = "at least " if len(self._found) == _MOST_KEPT else ""
                message += f" (and {at_least}{len(self._found) - _MOST} more such labels)"
            yield Note(key=key, message=message, line=line)
            if n_said == _MOST:
                break
