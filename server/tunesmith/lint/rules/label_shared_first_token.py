"""Labels that begin with the same token.

Where the first tokens differ, one look at the model decides between all labels. Where some share
theirs, and others do not, every label has to be scored with all its tokens; and a model that writes
the first one has not yet chosen.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.jsonl, target: label, labels: [not good, not bad, fair]}
    ---
    {{text}}
    -- films.jsonl --
    {"text": "Fine.", "label": "not bad"}
    {"text": "Dull.", "label": "not good"}
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

from collections import defaultdict
from collections.abc import Iterator

from tunesmith.lint.answers import answer_ids, label_place, labels_of
from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("label-shared-first-token", severity="information", needs_model=True)
_MOST = 4


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the labels or the target's column."""
    ids = answer_ids(loaded, facts, labels_of(loaded, facts))
    by_first: defaultdict[int, list[str]] = defaultdict(list)
    for label, tokens in ids.items():
        by_first[tokens[0]].append(label)
    groups = [labels for labels in by_first.values() if len(labels) > 1]
    if groups:
        quoted = ([f'"{label}"' for label in group[:_MOST]] for group in groups[:_MOST])
        shown = "; ".join(" and ".join(group) for group in quoted)
        message = (
            f"{shown} begin with the same token, so that all {len(ids)} labels are scored with "
            "every token they have: words that begin differently are told apart in one step"
        )
        yield RULE.at(label_place(loaded), message)
