"""A role that Dotprompt does not have.

It knows user, model, system and tool, in lower case. Of `{{role "User"}}` the JavaScript runtime
leaves the marker in the text that the model reads, and passes `assistant` through as a role of its
own; the Python runtime raises for both.

Bad:
    {{role "User"}}Hello
Good:
    {{role "user"}}Hello
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.near import did_you_mean, nearest
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Call, Const, Mustache, calls_of
from tunesmith.prompt.output import ROLES
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("role-unknown", severity="warning")
_OTHER_WORDS = {"assistant": "model", "human": "user", "ai": "model"}


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such role, at its name."""
    for node in loaded.prompt.calling("role"):
        if isinstance(node, Mustache):
            for call in calls_of(node):
                yield from _judge(call)


def _judge(call: Call) -> Iterator[Finding]:
    role = call.arguments[0] if len(call.arguments) == 1 and call.name == "role" else None
    if not isinstance(role, Const) or role.value in ROLES:
        return
    word = str(role.value)
    known = _OTHER_WORDS.get(word.casefold())
    advice = f'; write "{known}"' if known else did_you_mean(word, ROLES)
    near = known or nearest(word, ROLES)
    # What differs in case alone, and the common word for it, can mean one role only.
    is_certain = known is not None or word.casefold() in ROLES
    fix = None
    if near:
        edit = Edit(start=role.span.start, end=role.span.end, text=f'"{near}"')
        fix = Fix(title=f'Change "{word}" to "{near}"', edits=(edit,), safe=is_certain)
    yield RULE.at(role.span, f'Dotprompt has no role "{word}"{advice}', fix=fix)
