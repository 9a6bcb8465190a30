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

from tunesmith.lint.facts import DataFile, Facts, blame
from tunesmith.lint.inputs import declared_inputs, defaults_of
from tunesmith.lint.near import did_you_mean, nearest, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.variables import variables
from tunesmith.wire.finding import Finding

RULE = Rule("data-column-missing", severity="error")


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each name and file."""
    keys = loaded.extension.data
    if keys is None:
        return
    for file in facts.tables:
        yield from _settings(loaded, keys, file)
        yield from _variables(loaded, keys, file)


def _settings(loaded: LoadedPrompt, keys: DataKeys, file: DataFile) -> Iterator[Finding]:
    columns = file.columns or ()
    named = [(blame(loaded.prompt, "tunesmith.data", "target"), keys.target or "")]
    for variable, column in keys.columns.items():
        named.append((blame(loaded.prompt, "tunesmith.data", "columns", variable), column))
    for span, column in named:
        if column and column not in columns:
            fix = rename(loaded.prompt.text, span, column, columns)
            yield RULE.at(span, _no_column(column, file), fix=fix)


def _variables(loaded: LoadedPrompt, keys: DataKeys, file: DataFile) -> Iterator[Finding]:
    inputs, columns = declared_inputs(loaded), file.columns or ()
    declared = inputs.declared if inputs else {}
    optional = {name for name, item in declared.items() if item.is_optional}
    filled = {*columns, *keys.columns, *optional, *defaults_of(loaded), ""}
    for variable in variables(loaded.prompt, loaded.partials):
        name = variable.name
        if name in filled:
            continue
        filled.add(name)
        message = _no_column(name, file)
        if nearest(name, columns) is None:
            message += f'; or say which it is: "columns: {{{name}: COLUMN}}" in tunesmith.data'
        fix = rename(loaded.prompt.text, variable.span, name, columns)
        # A name that the input schema has is not the one to change.
        fix = None if name in declared else fix
        yield RULE.at(variable.span, message, fix=fix)


def _no_column(name: str, file: DataFile) -> str:
    return f'no column "{name}" in {file.path.name}{did_you_mean(name, file.columns or ())}'
