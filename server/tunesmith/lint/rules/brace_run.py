"""A tag with one more closing brace right behind it, as at the end of a JSON object.

The JavaScript runtime takes `}}}` for the end of `{{{` and `}}}}` for the end of a raw block, and
refuses the template; the Python runtime renders it (handlebars 4.7.10 and dotpromptz 0.2.0).

Bad:
    {"name": {{json name}}}
Good:
    {"name": {{json name}} }
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("brace-run", severity="warning")
_MESSAGE = "{} ends no tag in the JavaScript runtime, which refuses the prompt: part the braces"


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each run of braces, at all of it."""
    prompt = loaded.prompt
    if "}}}" not in prompt.text or prompt.problems:
        return
    comments = {node.span.end for node in prompt.comments}
    for node in prompt.texts:
        at = node.span.start
        # A comment ends at its first braces, in every runtime.
        if at not in comments and prompt.text.startswith("}", at):
            run = _run(prompt, at)
            if run is not None:
                yield RULE.at(run, _MESSAGE.format(run.of(prompt.text)), fix=_parted(at))


def _run(prompt: Prompt, at: int) -> Span | None:
    """All braces around the end of a tag; None where no tag ends there."""
    text = prompt.text
    start, end = at, at
    while start > prompt.body.start and text[start - 1] == "}":
        start -= 1
    while end < prompt.body.end and text[end] == "}":
        end += 1
    return Span(start, end) if at - start >= 2 else None


def _parted(at: int) -> Fix:
    # A comment renders to nothing, so the model is sent the same text.
    edit = Edit(start=at, end=at, text="{{!}}")
    return Fix(title="Part the braces with an empty comment", edits=(edit,), safe=True)
