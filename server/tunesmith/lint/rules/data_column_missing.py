"""A variable, or the target, that no column of the data can fill.

The variable would be empty in every row that is trained on.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{reviw}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
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

from tunesmith.data.table import Table
from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.inputs import declared_inputs, defaults_of
from tunesmith.lint.near import did_you_mean, nearest, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.variables import variables
from tunesmith.wire.finding import Finding

RULE = Rule("data-column-missing", severity="error", where="data")


def check(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each name and file."""
    keys = loaded.extension.data
    if keys is None:
        return
    for _, table in facts.tables:
        yield from _settings(loaded, keys, table)
        yield from _variables(loaded, keys, table)


def _settings(loaded: LoadedPrompt, keys: DataKeys, table: Table) -> Iterator[Finding]:
    named = [(blame(loaded.prompt, "tunesmith.data", "target"), keys.target or "")]
    for variable, column in keys.columns.items():
        named.append((blame(loaded.prompt, "tunesmith.data", "columns", variable), column))
    for span, column in named:
        if column and column not in table.columns:
            fix = rename(loaded.prompt.text, span, column, table.columns)
            yield RULE.at(span, _no_column(column, table), fix=fix)


def _variables(loaded: LoadedPrompt, keys: DataKeys, table: Table) -> Iterator[Finding]:
    inputs = declared_inputs(loaded)
    declared = inputs.declared if inputs else {}
    optional = {name for name, item in declared.items() if item.is_optional}
    filled = {*table.columns, *keys.columns, *optional, *defaults_of(loaded), ""}
    for variable in variables(loaded.prompt, loaded.partials):
        name = variable.name
        if name in filled:
            continue
        filled.add(name)
        message = _no_column(name, table)
        if nearest(name, table.columns) is None:
            message += f'; or say which it is: "columns: {{{name}: COLUMN}}" in tunesmith.data'
        fix = rename(loaded.prompt.text, variable.span, name, table.columns)
        # A name that the input schema has is not the one to change.
        fix = None if name in declared else fix
        yield RULE.at(variable.span, message, fix=fix)


def _no_column(name: str, table: Table) -> str:
    return f'no column "{name}" in {table.path.name}{did_you_mean(name, table.columns)}'
