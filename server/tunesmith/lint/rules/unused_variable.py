"""A variable that the input schema declares and the template never uses.

Whoever fills it believes that the model sees it. Uses in partials count, and the column that is
learned is used, too.

Bad:
    ---
    input: {schema: {review: string, title: string}}
    ---
    Review: {{review}}
Good:
    ---
    input: {schema: {review: string, title: string}}
    ---
    {{title}}: {{review}}
"""

import re
from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import Input, declared_inputs, sees_all_uses
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Mustache
from tunesmith.prompt.variables import HELPERS, input_names
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("unused-variable", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such variable, at its declaration."""
    inputs = declared_inputs(loaded)
    # A variant may use less than the prompt whose schema it shares.
    if inputs is None or inputs.is_inherited:
        return
    data = loaded.extension.data
    names = inputs.declared.keys() - {data.target if data else None}
    used = input_names(loaded.prompt, loaded.partials)
    unused = [inputs.declared[name] for name in inputs.declared if name in names - used]
    if not unused or not sees_all_uses(loaded):
        return
    for declared in unused:
        fix = _removal(loaded.prompt.text, declared) if len(inputs.declared) > 1 else None
        message = f'"{declared.name}" is declared and never used'
        if declared.name in HELPERS and _is_called(loaded, declared.name):
            message += f": {{{{{declared.name}}}}} calls the helper of that name; rename it"
            fix = None
        yield RULE.at(declared.entry.key_span, message, fix=fix)


def _is_called(loaded: LoadedPrompt, name: str) -> bool:
    return any(isinstance(node, Mustache) for node in loaded.prompt.calling(name))


def _removal(text: str, declared: Input) -> Fix | None:
    """Take the line out, if the declaration has a line to itself."""
    entry = declared.entry
    start = text.rfind("\n", 0, entry.key_span.start) + 1
    end = text.find("\n", entry.value.span.end) + 1
    line = text[start:end]
    is_alone = not text[start : entry.key_span.start].strip() and line.count("\n") == 1
    if not is_alone or not re.fullmatch(r"[ \t\r\n]*(#.*\s*)?", text[entry.value.span.end : end]):
        return None
    edit = Edit(start=start, end=end, text="")
    return Fix(title=f'Remove "{declared.name}" from the input schema', edits=(edit,), safe=False)
