"""A variable that the input schema does not declare, or a field that it does not give one.

It renders as an empty string, without a word, wherever it stands. Without an input schema
nothing is declared, and the rule stays silent.

Bad:
    ---
    input: {schema: {review: string}}
    ---
    Review: {{reveiw}}{{review}}
Good:
    ---
    input: {schema: {review: string}}
    ---
    Review: {{review}}
"""

from collections.abc import Collection, Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.fields import UnknownField, unknown_fields
from tunesmith.lint.inputs import declared_inputs, defaults_of, input_schema
from tunesmith.lint.near import did_you_mean, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.variables import possible_names, variables
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("undefined-variable", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each use of such a variable, those in partials at the partial's call."""
    inputs = declared_inputs(loaded)
    if inputs is None:
        return
    if not inputs.is_open:
        others = sorted(defaults_of(loaded) - inputs.declared.keys())
        yield from _variables(loaded, dict.fromkeys([*inputs.declared, *others]))
    for unknown in unknown_fields(
        loaded.prompt.template, loaded.partials, input_schema(loaded) or {}
    ):
        yield _field(loaded.prompt.text, unknown)


def _variables(loaded: LoadedPrompt, known: Collection[str]) -> Iterator[Finding]:
    targets = _targets(loaded)
    names = possible_names(loaded.prompt)
    if names is not None and names <= {*known, *targets}:
        return
    for variable in variables(loaded.prompt, loaded.partials):
        name = variable.name
        if name not in known and name not in targets:
            message = f'"{name}" is not in the input schema{did_you_mean(name, known)}'
            fix = rename(loaded.prompt.text, variable.span, name, known)
            yield RULE.at(variable.span, message, fix=fix)


def _field(text: str, unknown: UnknownField) -> Finding:
    name, way_out = unknown.name, unknown.way_out
    if way_out is not None:
        message = (
            f'the input schema gives {unknown.owner} no field "{name}"; '
            f"{way_out}{name} is the prompt's own variable"
        )
        edit = Edit(start=unknown.span.start, end=unknown.span.start, text=way_out)
        fix = Fix(title=f'Change "{name}" to "{way_out}{name}"', edits=(edit,), safe=False)
        return RULE.at(unknown.span, message, fix=fix)
    near = did_you_mean(name, unknown.fields)
    message = f'the input schema gives {unknown.owner} no field "{name}"{near}'
    return RULE.at(unknown.span, message, fix=rename(text, unknown.span, name, unknown.fields))


def _targets(loaded: LoadedPrompt) -> set[str]:
    """Names of the target, which is no input: a final model turn holds it when a row is trained."""
    data = loaded.extension.data
    if data is None or data.target is None:
        return set()
    return {data.target, *(name for name, column in data.columns.items() if column == data.target)}
