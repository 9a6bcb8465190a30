"""Columns that the prompt neither shows nor learns.

Often that is meant; now and then a variable for it was forgotten. Ids and sources are passed over.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    title,review,label
    Up,A fine film.,positive
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review of {{title}}: {{review}}
    -- films.csv --
    id,title,review,label
    1,Up,A fine film.,positive
"""

import re
from collections.abc import Iterator

from tunesmith.lint.columns import named_columns
from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import takes_whole_row
from tunesmith.lint.rows import listed, quoted
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("data-column-unused", severity="information")
_MOST_SHOWN = 8
_ABOUT_THE_ROW = re.compile(
    r"(.*[_ -])?(id|idx|index|no|nr|uuid|guid|key|source|origin|split|url|link|licen[cs]e"
    r"|date|time|timestamp|created|updated)|unnamed: .*|",
    re.IGNORECASE,
)


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for the training file; the others have to have its columns anyway."""
    keys = loaded.extension.data
    if keys is None or takes_whole_row(loaded.prompt.template, loaded.partials):
        return
    used = {*named_columns(loaded), keys.target, *keys.columns.values()}
    for file in facts.tables:
        unused = [
            quoted(column)
            for column in file.columns or ()
            if column not in used and not _ABOUT_THE_ROW.fullmatch(column)
        ]
        if file.key == "train" and unused:
            noun = "column" if len(unused) == 1 else "columns"
            yield RULE.at(
                file.span,
                f"the prompt does not use the {noun} {listed(unused, len(unused), _MOST_SHOWN)}",
            )
