"""Rows of more tokens than `max_length`, with which no run begins.

They are counted with the model's own tokenizer and chat template. A row is never cut, because half
an answer teaches half an answer. With `bad_rows: skip` they are left out; but what is left out is
not learned, and the long rows are seldom like the short ones.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {max_length: 48}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull from the first scene to the last, and then it went on a little", "label": "no"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {max_length: 64}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull from the first scene to the last, and then it went on a little", "label": "no"}
"""

from collections.abc import Iterator

from tunesmith.data.table import Row
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.lengths import key_of, lengths_for
from tunesmith.lint.model import Model
from tunesmith.lint.rows import Note
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("truncated-row", severity="warning", needs_model=True)


def scan(loaded: LoadedPrompt, facts: Facts) -> "_LongRows | None":
    """One note on the training file, at its longest row."""
    if facts.model is None or facts.training is None:
        return None
    skips = facts.training.get("bad_rows") == "skip"
    return _LongRows(loaded, facts.model, int(facts.training["max_length"]), skips)


class _LongRows:
    def __init__(self, loaded: LoadedPrompt, model: Model, max_length: int, skips: bool) -> None:
        self._loaded, self._max_length, self._skips = loaded, max_length, skips
        self._lengths = lengths_for(loaded.prompt, model)
        self.key = key_of(loaded, model, max_length)
        self._name = ""
        self._n_rows = self._n_long = self._longest = self._line = 0

    def row(self, file: DataFile, row: Row) -> None:
        if file.key != "train":
            return
        self._name = file.path.name
        self._n_rows += 1
        length = self._lengths.over(self._max_length, row, self._loaded)
        if length is None:
            return
        self._n_long += 1
        if length.n_ids > self._longest:
            self._longest, self._line = length.n_ids, row.line

    def notes(self) -> Iterator[Note]:
        if not self._n_long:
            return
        is_all = self._n_long == self._n_rows
        which = f"{self._n_long:,} of {self._n_rows:,} rows of {self._name}"
        one = self._n_long == 1
        have, are, them = ("has", "is", "it") if one else ("have", "are", "them")
        so = f"and {are} left out of training" if self._skips else f"and no run begins with {them}"
        other = "" if self._skips else ", or bad_rows: skip to go without"
        message = (
            f"{which} {have} more than max_length ({self._max_length:,}) tokens {so}; this is the "
            f"longest, with {self._longest:,}: shorten {them}, or set max_length: {self._longest} "
            f"to keep all{other}"
        )
        severity = "error" if is_all else None
        yield Note(key="train", message=message, line=self._line, severity=severity)
