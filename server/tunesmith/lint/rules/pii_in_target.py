"""A person's own number or address in the target, which is what the model learns to say.

Nothing is memorised as well as what is trained on word for word (Carlini et al. 2023, arXiv
2202.07646). Found as `pii-in-prompt` finds it; only the first characters are ever shown.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: letters.csv, target: reply}
    ---
    Letter: {{letter}}
    -- letters.csv --
    letter,reply
    Who helps me?,Write to zhang.wei88@qq.com.
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: letters.csv, target: reply}
    ---
    Letter: {{letter}}
    -- letters.csv --
    letter,reply
    Who helps me?,Write to support@qq.com.
"""

from tunesmith.lint.facts import Facts
from tunesmith.lint.personal import has_personal, personal
from tunesmith.lint.row_search import Hit, RowSearch
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("pii-in-target", severity="warning")


def scan(loaded: LoadedPrompt, _facts: Facts) -> RowSearch | None:
    """Looks at the column of the target."""
    keys = loaded.extension.data
    target = keys.target if keys else None
    return RowSearch(has_personal, _find, frozenset({target})) if target else None


def _find(_column: str, value: str) -> Hit | None:
    found = next(personal(value), None)
    if found is None:
        return None
    return Hit(message=f"{found}: the model learns to say it; mask it, or drop the row")
