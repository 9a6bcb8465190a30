"""A formatted target that reaches production calls.

The final model turn holds the answer that is trained. A call in production has no answer yet, and
sends a turn with a hole in it. Wrapped in `{{#if}}`, the turn is there only where the answer is.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    {{role "model"}}Sentiment: {{label}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    {{#if label}}{{role "model"}}Sentiment: {{label}}{{/if}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.turns import turns
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.variables import variables
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("target-leaks", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the marker of the final turn."""
    data = loaded.extension.data
    all_turns = turns(loaded.prompt)
    if data is None or data.target is None or not all_turns:
        return
    last = all_turns[-1]
    if last.role != "model" or last.tag is None:
        return
    names = {data.target, *(name for name, to in data.columns.items() if to == data.target)}
    held = [
        use.name
        for use in variables(loaded.prompt, loaded.partials)
        if use.name in names and last.span.start <= use.span.start
    ]
    if held:
        message = (
            f"a call in production has no {held[0]} and sends this turn with a hole in it: "
            f"wrap it in {{{{#if {held[0]}}}}} .. {{{{/if}}}}"
        )
        edits = (
            Edit(start=last.tag.start, end=last.tag.start, text=f"{{{{#if {held[0]}}}}}"),
            Edit(start=last.span.end, end=last.span.end, text="{{/if}}"),
        )
        fix = Fix(title=f"Wrap the turn in {{{{#if {held[0]}}}}}", edits=edits, safe=True)
        yield RULE.at(last.tag, message, fix=fix)
