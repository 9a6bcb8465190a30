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

from collections.abc import Collection, Iterable, Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.fields import UnknownField, unknown_fields
from tunesmith.lint.inputs import declared_inputs, defaults_of, input_schema
from tunesmith.lint.near import did_you_mean, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.variables import input_names, uses_of
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("undefined-variable", severity="warning")
_MOST_SLIPS = 100


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each use of such a variable, those in partials at the partial's call."""
    inputs = declared_inputs(loaded)
    if inputs is None:
        return
    if not inputs.is_open:
        others = sorted(defaults_of(loaded) - inputs.declared.keys())
        yield from _variables(loaded, dict.fromkeys([*inputs.declared, *others]))
    schema = input_schema(loaded) or {}
    fields = unknown_fields(loaded.prompt, loaded.partials, schema)
    are_slips = _are_slips(unknown.name for unknown in fields)
    for unknown in fields:
        yield _field(loaded.prompt.text, unknown, unknown.fields if are_slips else ())


def _variables(loaded: LoadedPrompt, known: Collection[str]) -> Iterator[Finding]:
    targets = _targets(loaded)
    strange = input_names(loaded.prompt, loaded.partials) - {*known, *targets}
    unknown = uses_of(loaded.prompt, loaded.partials, strange)
    near = known if _are_slips(use.name for use in unknown) else ()
    for use in unknown:
        message = f'"{use.name}" is not in the input schema{did_you_mean(use.name, near)}'
        fix = rename(loaded.prompt.text, use.span, use.name, near)
        yield RULE.at(use.span, message, fix=fix)


def _are_slips(names: Iterable[str]) -> bool:
    """Whether names may be misspelt: where nearly all are unknown, the schema is another one."""
    return len({*names}) <= _MOST_SLIPS


def _field(text: str, unknown: UnknownField, known: tuple[str, ...]) -> Finding:
    name, way_out = unknown.name, unknown.way_out
    if way_out is not None:
        message = (
            f'the input schema gives {unknown.owner} no field "{name}"; '
            f"{way_out}{name} is the prompt's own variable"
        )
        edit = Edit(start=unknown.span.start, end=unknown.span.start, text=way_out)
        fix = Fix(title=f'Change "{name}" to "{way_out}{name}"', edits=(edit,), safe=False)
        return RULE.at(unknown.span, message, fix=fix)
    message = f'the input schema gives {unknown.owner} no field "{name}"{did_you_mean(name, known)}'
    return RULE.at(unknown.span, message, fix=rename(text, unknown.span, name, known))


def _targets(loaded: LoadedPrompt) -> set[str]:
    """Names of the target, which is no input: a final model turn holds it when a row is trained."""
    data = loaded.extension.data
    if data is None or data.target is None:
        return set()
    return {data.target, *(name for name, column in data.columns.items() if column == data.target)}
