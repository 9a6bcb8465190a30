"""A value that the prompt shows and that is empty in some rows.

Blank, or what a program wrote for a value that is missing, such as `nan`: the model is then asked
about nothing. Variables that are optional, have a default or stand in a condition may be empty.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    nan,negative
Good:
    ---
    input: {schema: {review: string, title?: string}}
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    {{title}} Review: {{review}}
    -- films.csv --
    title,review,label
    ,A fine film.,positive
    Up,Dull.,negative
"""

from collections.abc import Iterator

from tunesmith.data.stream import Row
from tunesmith.lint.blank import is_empty, value_of
from tunesmith.lint.columns import named_columns
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.inputs import declared_inputs, defaults_of
from tunesmith.lint.row_counts import Count, RowCounts, Said
from tunesmith.lint.rule import Rule
from tunesmith.prompt.conversation import HISTORY
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Call, Expression, Path

RULE = Rule("empty-value", severity="warning")


def scan(loaded: LoadedPrompt, _facts: Facts) -> RowCounts | None:
    """One note for each column and file, at the first such row."""
    keys = loaded.extension.data
    if keys is None:
        return None
    may_be_empty = {keys.columns.get(name, name) for name in (*_optional(loaded), HISTORY)}
    columns = [name for name in named_columns(loaded) if name not in may_be_empty]

    def find(file: DataFile, row: Row) -> Iterator[tuple[str, str]]:
        for column in columns:
            value = value_of(file, row, column)
            if value is not None and is_empty(value):
                yield column, value

    return RowCounts(tuple(columns), find, _say) if columns else None


def _say(count: Count) -> Said:
    shown = f' ("{count.value}" in the first)' if count.value.strip() else ""
    advice = f"fill it in, or put its place into {{{{#if {count.kind}}}}}"
    return Said(f'no "{count.kind}" in {count.rows} of {count.file.path.name}{shown}: {advice}')


def _optional(loaded: LoadedPrompt) -> set[str]:
    inputs = declared_inputs(loaded)
    declared = inputs.declared.values() if inputs else ()
    asked = {
        name
        for block in loaded.prompt.blocks
        for call in (block.call, *(branch.call for branch in block.branches if branch.call))
        for name in _names(call)
    }
    return {*defaults_of(loaded), *(item.name for item in declared if item.is_optional), *asked}


def _names(value: Expression) -> Iterator[str]:
    """The variables in a block's condition, or the one that it is a section of."""
    if isinstance(value, Path):
        yield value.name
    elif isinstance(value, Call):
        for part in (value.callee, *value.arguments, *(named.value for named in value.named)):
            yield from _names(part)
