"""An address that is given to `media` without its name.

`{{media photo}}` is a TypeError in the JavaScript runtime and renders to nothing in the Python one:
the helper reads `url` and `contentType` by name (google/dotprompt, js/src/helpers.ts).

Bad:
    Describe this: {{media photo}}
Good:
    Describe this: {{media url=photo}}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Call, Expression, Mustache
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("media-positional", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such address, and for a `media` without any."""
    for node in loaded.prompt.calling("media"):
        call = node.call
        if not isinstance(node, Mustache):
            continue
        names = {named.key for named in call.named}
        if call.arguments:
            message = "media reads its address by name alone: write url= before it"
            first = call.arguments[0]
            yield RULE.at(first.span, message, fix=_named(call, first, names))
        elif "url" not in names:
            yield RULE.at(call.span, "media has no address: write {{media url=..}}")


def _named(call: Call, first: Expression, names: set[str]) -> Fix | None:
    if len(call.arguments) > 1 or "url" in names:
        return None
    place = Span(first.span.start, first.span.start)
    edit = Edit(start=place.start, end=place.end, text="url=")
    return Fix(title="Name the address", edits=(edit,), safe=True)
