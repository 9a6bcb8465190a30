"""A variable before a long constant part, so that rows have little in common to compute once.

Rows of one prompt begin alike, and what they share need only be computed once; everything behind
the first variable is computed for each row. A step of 16 rows behind 1,024 shared tokens was
12 times as fast on a CPU as without sharing.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    {{role "user"}}<review>{{review}}</review>
    Say in one word what the reviewer above thought of the film: positive where they would see it
    again or tell a friend to go, negative where they were bored, annoyed or sorry to have paid, and
    mixed where the praise and the blame are about even. Leave out your own opinion of the film, the
    book that it was made from, and of the people who acted in it. A review that only tells the
    story is mixed as well.
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "negative"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    {{role "user"}}
    Say in one word what the reviewer below thought of the film: positive where they would see it
    again or tell a friend to go, negative where they were bored, annoyed or sorry to have paid, and
    mixed where the praise and the blame are about even. Leave out your own opinion of the film, the
    book that it was made from, and of the people who acted in it. A review that only tells the
    story is mixed as well.
    <review>{{review}}</review>
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "negative"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.lengths import n_shared_ids
from tunesmith.lint.model import Model
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import Sample, samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.output import Segment
from tunesmith.wire.finding import Finding

RULE = Rule("variable-early", severity="hint", needs_model=True)
_LEAST_FACTOR = 1.5
_LEAST_IDS = 64


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the first variable."""
    model, rows = facts.model, list(samples(loaded, facts))
    if model is None or facts.training is None or len(rows) < 2:
        return
    first = next((one for one in _segments(rows[0]) if one.is_value), None)
    if first is None:
        return
    try:
        prompts = [model.encode(row.example.messages, None).ids for row in rows]
    except EncodeError:
        return
    n_ids = max(1, sum(map(len, prompts)) / len(prompts))
    n_shared = n_shared_ids(prompts)
    n_constant = n_ids - sum(_n_value_ids(row, model) for row in rows) / len(rows)
    n_rows = int(facts.training["batch_size"])
    factor = _n_computed(n_ids, n_shared, n_rows) / _n_computed(n_ids, n_constant, n_rows)
    if factor >= _LEAST_FACTOR and n_constant - n_shared >= _LEAST_IDS:
        message = (
            f"rows share their first {n_shared} tokens only, and {n_constant - n_shared:.0f} more "
            f"that never change stand behind this variable: with them in front, {n_rows} rows at a "
            f"time are {factor:.1f} times less to compute"
        )
        yield RULE.at(first.span, message)


def _n_computed(n_ids: float, n_shared: float, n_rows: int) -> float:
    """Tokens of a batch whose shared part is computed once."""
    return n_shared + n_rows * (n_ids - n_shared)


def _n_value_ids(row: Sample, model: Model) -> int:
    return sum(len(model.ids(one.text)) for one in _segments(row) if one.is_value)


def _segments(row: Sample) -> Iterator[Segment]:
    for message in row.example.messages:
        yield from message.segments
