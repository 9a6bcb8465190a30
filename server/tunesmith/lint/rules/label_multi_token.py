"""Labels that the model writes with more than one token.

A label of one token is read off in one step, with a probability of its own. One of several is
written piece by piece: slower in a preview, and less probable for no better reason than its length.
`POSITIVE` has three tokens for SmolLM2, `positive` one.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.jsonl, target: label, labels: [entailment, neutral]}
    ---
    {{text}}
    -- films.jsonl --
    {"text": "It rains.", "label": "entailment"}
    {"text": "It snows.", "label": "neutral"}
Good:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label, labels: [positive, negative]}
    ---
    {{text}}
    -- films.csv --
    text,label
    a fine film,positive
    fine songs,positive
    fine acting,positive
    a fine plot,positive
    a fine end,positive
    fine scenes,positive
    so fine,positive
    fine views,positive
    fine jokes,positive
    fine throughout,positive
    a dull film,negative
    dull songs,negative
    dull acting,negative
    a dull plot,negative
    a dull end,negative
    dull scenes,negative
    so dull,negative
    dull views,negative
    dull jokes,negative
    dull throughout,negative
"""

from collections.abc import Iterator

from tunesmith.lint.answers import answer_ids, label_place, labels_of
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("label-multi-token", severity="information", needs_model=True)
_MOST = 8


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the labels or the target's column."""
    ids = answer_ids(loaded, facts, labels_of(loaded, facts))
    long = {label: len(tokens) for label, tokens in ids.items() if len(tokens) > 1}
    if not long:
        return
    ranked = sorted(long, key=lambda label: -long[label])
    shown = ", ".join(f'"{label}" {long[label]}' for label in ranked[:_MOST])
    more = f" and {len(ranked) - _MOST} more" if len(ranked) > _MOST else ""
    message = (
        f"{len(long)} of {len(ids)} labels have more than one token ({shown}{more}): a word that "
        "is one token is answered faster and judged more evenly"
    )
    yield RULE.at(label_place(loaded), message)
