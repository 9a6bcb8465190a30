"""A person's own number or address in a column that the prompt shows to the model.

A model tuned on it can say it later, to anybody (Carlini et al. 2021, arXiv 2012.07805). Found as
`pii-in-prompt` finds it; only the first characters are ever shown.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: letters.csv, target: label}
    ---
    Letter: {{letter}}
    -- letters.csv --
    letter,label
    "Call me, 13912873465.",private
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: letters.csv, target: label}
    ---
    Letter: {{letter}}
    -- letters.csv --
    letter,label
    "Call me, 139****3465.",private
"""

from tunesmith.lint.columns import shown_columns
from tunesmith.lint.facts import Facts
from tunesmith.lint.personal import has_personal, personal
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("pii-in-data", severity="warning")


def scan(loaded: LoadedPrompt, _facts: Facts) -> RowSearch:
    """Looks at the columns that the template uses."""
    keys = loaded.extension.data
    target = keys.target if keys else None

    def find(column: str, value: str) -> Hit | None:
        found = next(personal(value), None)
        # The target has a rule of its own.
        if found is None or column == target:
            return None
        return Hit(message=f"{found}: a model trained on it can say it; mask it, or drop the row")

    return RowSearch(has_personal, find, shown_columns(loaded), sought=target)
