"""Targets that have more tokens than `max_length` by themselves.

No shorter prompt brings such a row back into training, so that the model never learns its longest
answers, nor where they end.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: summary}
    tunesmith.train: {max_length: 8}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "summary": "The reviewer liked the film and would see it again."}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: summary}
    tunesmith.train: {max_length: 64}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "summary": "The reviewer liked the film and would see it again."}
"""

from collections.abc import Iterator

from tunesmith.data.table import Row
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.lengths import key_of, lengths_for
from tunesmith.lint.model import Model
from tunesmith.lint.rows import Note
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("truncated-target", severity="error", needs_model=True)


def scan(loaded: LoadedPrompt, facts: Facts) -> "_LongTargets | None":
    """One note on the training file, at its longest target."""
    if facts.model is None or facts.training is None:
        return None
    return _LongTargets(loaded, facts.model, int(facts.training["max_length"]))


class _LongTargets:
    def __init__(self, loaded: LoadedPrompt, model: Model, max_length: int) -> None:
        self._loaded, self._max_length = loaded, max_length
        self._lengths = lengths_for(loaded.prompt, model)
        self.key = key_of(loaded, model, max_length)
        self._n_long = self._longest = self._line = 0

    def row(self, file: DataFile, row: Row) -> None:
        if file.key != "train":
            return
        length = self._lengths.over(self._max_length, row, self._loaded)
        if length is None or length.n_target <= self._max_length:
            return
        self._n_long += 1
        if length.n_target > self._longest:
            self._longest, self._line = length.n_target, row.line

    def notes(self) -> Iterator[Note]:
        if not self._n_long:
            return
        which = "1 target has" if self._n_long == 1 else f"{self._n_long:,} targets have"
        message = (
            f"{which} more than max_length ({self._max_length:,}) tokens even without the prompt, "
            f"this one {self._longest:,}: raise max_length, or leave such rows out of the data"
        )
        yield Note(key="train", message=message, line=self._line)
