"""A target that ends itself with an end token.

The token that ends an answer is added when a row is encoded. Written out in the data it stays text,
which the model then learns to write; written out in the template it ends the turn twice.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive<|im_end|>"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.data.table import Row
from tunesmith.lint.facts import DataFile, DataKey, Facts
from tunesmith.lint.fixes import removal, written_at
from tunesmith.lint.rows import Note
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.output import Segment
from tunesmith.wire.finding import Finding

RULE = Rule("eos-in-target", severity="warning", needs_model=True)
_OF_OTHER_MODELS = (
    "</s>",
    "<|endoftext|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|end|>",
    "<end_of_turn>",
    "<eos>",
)


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each end token in the final model turn."""
    if facts.model is None:
        return
    for sample in samples(loaded, facts, n_rows=1):
        target = sample.example.target
        for segment in target if isinstance(target, tuple) else ():
            for token in facts.model.end_tokens if not segment.is_value else ():
                yield from _in_template(loaded, segment, token)


def _in_template(loaded: LoadedPrompt, segment: Segment, token: str) -> Iterator[Finding]:
    if token not in segment.text:
        return
    message = (
        f'"{token}" is added at the end of every answer, and would stand here twice: remove it'
    )
    place = written_at(loaded.prompt, segment, token)
    fix = removal(place, f"Remove {token}") if place else None
    yield RULE.at(place or segment.span, message, fix=fix)


def scan(loaded: LoadedPrompt, facts: Facts) -> "_Ends | None":
    """One note for each file, at the first row."""
    data = loaded.extension.data
    if facts.model is None or data is None or data.target is None:
        return None
    return _Ends(data.target, tuple(sorted(facts.model.end_tokens)))


class _Ends:
    def __init__(self, target: str, own: tuple[str, ...]) -> None:
        self._target, self._own = target, own
        self.key = (target, own)
        self._found: dict[DataKey, tuple[str, int, int]] = {}
        """The token and the line of the first row, and how many rows there are."""

    def row(self, file: DataFile, row: Row) -> None:
        token = self._token_in(row.values.get(self._target, ""))
        if token:
            first, line, n_rows = self._found.get(file.key, (token, row.line, 0))
            self._found[file.key] = first, line, n_rows + 1

    def _token_in(self, value: str) -> str | None:
        own = next((token for token in self._own if token in value), None)
        # Those of other models are text as well, but only at the end is it clear what they mean.
        return own or next(filter(value.rstrip().endswith, _OF_OTHER_MODELS), None)

    def notes(self) -> Iterator[Note]:
        for key, (token, line, n_rows) in self._found.items():
            targets = "1 target holds" if n_rows == 1 else f"{n_rows:,} targets hold"
            message = (
                f'{targets} an end token ("{token}"), which the model would learn to write as '
                "text; the real one is added by itself: take it out of the data"
            )
            yield Note(key=key, message=message, line=line)
