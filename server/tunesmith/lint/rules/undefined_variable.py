"""A variable that the input schema does not declare.

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

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import declared_inputs, defaults_of
from tunesmith.lint.near import did_you_mean, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.variables import variables
from tunesmith.wire.finding import Finding

RULE = Rule("undefined-variable", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each use of such a variable, those in partials at the partial's call."""
    inputs = declared_inputs(loaded)
    if inputs is None or inputs.is_open:
        return
    known = [*inputs.declared, *sorted(defaults_of(loaded) - inputs.declared.keys())]
    targets = _targets(loaded)
    for variable in variables(loaded.prompt, loaded.partials):
        name = variable.name
        if name not in known and name not in targets:
            message = f'"{name}" is not in the input schema{did_you_mean(name, known)}'
            fix = rename(loaded.prompt.text, variable.span, name, known)
            yield RULE.at(variable.span, message, fix=fix)


def _targets(loaded: LoadedPrompt) -> set[str]:
    """Names of the target, which is no input: a final model turn holds it when a row is trained."""
    data = loaded.extension.data
    if data is None or data.target is None:
        return set()
    return {data.target, *(name for name, column in data.columns.items() if column == data.target)}
