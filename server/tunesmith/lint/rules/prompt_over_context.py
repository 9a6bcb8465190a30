"""Rows that fill the model's context, or go beyond it.

A model has no positions behind its context: what it answers there is noise, and a preview refuses
the row. From three quarters on there is little room left for an answer.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/short-context}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "So dull, dull, dull, and dull, and dull; dull from start to end", "label": "no"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/short-context}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Dull.", "label": "no"}
"""

from collections.abc import Iterator

from tunesmith.data.table import Row
from tunesmith.lint.facts import DataFile, DataKey, Facts
from tunesmith.lint.lengths import Length, key_of, lengths_for
from tunesmith.lint.model import Model
from tunesmith.lint.rows import Note
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("prompt-over-context", severity="error", needs_model=True)
_SHARE = 0.75


def scan(loaded: LoadedPrompt, facts: Facts) -> "_FullRows | None":
    """One note, at the longest row of all files."""
    if facts.model is None or facts.model.context_length is None:
        return None
    return _FullRows(loaded, facts.model, facts.model.context_length)


class _FullRows:
    def __init__(self, loaded: LoadedPrompt, model: Model, context: int) -> None:
        self._loaded, self._context = loaded, context
        self._lengths = lengths_for(loaded.prompt, model)
        self.key = key_of(loaded, model, context)
        self._n_over = 0
        self._longest: tuple[Length, DataKey, int] | None = None

    def row(self, file: DataFile, row: Row) -> None:
        length = self._lengths.over(int(self._context * _SHARE), row, self._loaded)
        if length is None:
            return
        self._n_over += length.n_ids > self._context
        if self._longest is None or length.n_ids > self._longest[0].n_ids:
            self._longest = length, file.key, row.line

    def notes(self) -> Iterator[Note]:
        if self._longest is None:
            return
        length, key, line = self._longest
        size = (
            f"the longest row has {length.n_ids:,} tokens, {length.n_prompt:,} of them prompt: "
            f"{length.n_ids / self._context:.0%} of the model's context of {self._context:,}"
        )
        if self._n_over:
            rows = "1 row does" if self._n_over == 1 else f"{self._n_over:,} rows do"
            message = f"{size}, and {rows} not fit in: shorten the prompt or the rows"
            yield Note(key=key, message=message, line=line)
        else:
            message = f"{size}: shorten the prompt or the row, so that answers have room"
            yield Note(key=key, message=message, line=line, severity="warning")
