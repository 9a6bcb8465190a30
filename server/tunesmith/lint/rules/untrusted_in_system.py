"""A free text of the row in the system turn, which models trust the most.

What stands in the text is then an instruction to the model rather than something to look at
(prompt injection, OWASP LLM01). Numbers, truth values and choices from a list do not count, nor
does a prompt without an input schema, which does not say what its variables are.

Bad:
    ---
    input: {schema: {letter: string}}
    ---
    {{role "system"}}Answer this letter: {{letter}}
Good:
    ---
    input: {schema: {letter: string, tone(enum): [warm, dry]}}
    ---
    {{role "system"}}Answer the letter in a {{tone}} tone.
    {{role "user"}}<letter>
    {{letter}}
    </letter>
"""

from collections.abc import Iterator
from typing import cast

from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import input_schema
from tunesmith.lint.rule import Rule
from tunesmith.lint.turns import turns
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Mustache
from tunesmith.prompt.variables import variables
from tunesmith.wire.finding import Finding

RULE = Rule("untrusted-in-system", severity="hint", strict_severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such variable, at its first place in a system turn."""
    waiting = _free_texts(loaded)
    written = [node for node in _in_system(loaded.prompt) if node.call.parts.name in waiting]
    # Inside of a loop the same name may be something else.
    uses = variables(loaded.prompt, loaded.partials) if written else ()
    inputs = {use.start for use in uses}
    for node in written:
        name, span = node.call.name, node.call.callee.span
        if name in waiting and span.start in inputs and not node.call.has_arguments:
            waiting.discard(name)
            message = (
                f"{name} is free text in the system turn, where a model takes it for an "
                "instruction: move it to the user turn, between tags"
            )
            yield RULE.at(span, message)


def _in_system(prompt: Prompt) -> Iterator[Mustache]:
    """The tags that write a value there, unlike a condition."""
    for turn in turns(prompt):
        if turn.role == "system":
            yield from prompt.between(Mustache, turn.span.start, turn.span.end)


def _free_texts(loaded: LoadedPrompt) -> set[str]:
    fields = _fields(_fields(input_schema(loaded)).get("properties"))
    return {name for name, field in fields.items() if _is_free_text(_fields(field))}


def _is_free_text(field: dict[str, object]) -> bool:
    types = field.get("type")
    is_text = types == "string" or (isinstance(types, list) and "string" in types)
    return is_text and not {"enum", "const", "format"} & field.keys()


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
