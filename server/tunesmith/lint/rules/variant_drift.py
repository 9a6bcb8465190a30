"""A variant that asks for other inputs, or learns another target, than the prompt it varies.

Variants are compared on the same rows: one that needs another variable, reads one as another type,
or answers with another column is measured on another task.

Bad:
    ---
    input: {schema: {review: string, title: string}}
    ---
    {{title}}: {{review}}
    -- case.prompt --
    ---
    input: {schema: {review: string}}
    ---
    {{review}}
Good:
    ---
    input: {schema: {review: string}}
    ---
    How good is it? {{review}}
    -- case.prompt --
    ---
    input: {schema: {review: string}}
    ---
    {{review}}
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.inputs import own_schema
from tunesmith.lint.near import nearest, rename
from tunesmith.lint.rule import Rule
from tunesmith.lint.validate import properties_of
from tunesmith.prompt.extension import Extension, read_extension
from tunesmith.prompt.files import LoadedPrompt, variant_parent
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.picoschema import JsonSchema, split_key
from tunesmith.prompt.text import Span
from tunesmith.prompt.variables import variables
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("variant-drift", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each input, and one for the target."""
    if loaded.parent is None:
        return
    path = variant_parent(loaded.path)
    name = path.name if path else "the prompt it varies"
    yield from _inputs(loaded, loaded.parent, name)
    yield from _target(loaded, read_extension(loaded.parent), name)


def _inputs(loaded: LoadedPrompt, parent: Prompt, name: str) -> Iterator[Finding]:
    prompt = loaded.prompt
    mine = properties_of(own_schema(prompt, "input").json or {})
    theirs = properties_of(own_schema(parent, "input").json or {})
    if not theirs:
        return
    for field, schema in mine.items():
        if field not in theirs:
            span = _place(prompt, field)
            near = nearest(field, theirs)
            hint = f'; did you mean "{near}"?' if near else ", and both are given the same rows"
            fix = rename(prompt.text, span, field, theirs)
            fix = fix and _with_uses(loaded, field, fix)
            yield RULE.at(span, f'{name} has no input "{field}"{hint}', fix=fix)
        elif _type(schema) != _type(theirs[field]):
            message = f'"{field}" has another type in {name}'
            yield RULE.at(_place(prompt, field), message)


def _with_uses(loaded: LoadedPrompt, name: str, fix: Fix) -> Fix:
    """Rename what the template calls by the name as well."""
    text, new = loaded.prompt.text, fix.edits[0].text
    spans = (use.span for use in variables(loaded.prompt) if use.name == name)
    starts = {text.index(name, span.start) for span in spans}
    uses = (Edit(start=start, end=start + len(name), text=new) for start in sorted(starts))
    return replace(fix, edits=(*fix.edits, *uses))


def _target(loaded: LoadedPrompt, theirs: Extension, name: str) -> Iterator[Finding]:
    mine = loaded.extension.data
    if mine is None or theirs.data is None or theirs.data.target is None:
        return
    if mine.target not in (None, theirs.data.target):
        span = blame(loaded.prompt, "tunesmith.data", "target")
        message = (
            f'{name} learns "{theirs.data.target}": the scores of the two say nothing together'
        )
        yield RULE.at(span, message)


def _place(prompt: Prompt, field: str) -> Span:
    """The key that declares an input."""
    schema = prompt.frontmatter.get("input", "schema") if prompt.frontmatter else None
    listed = schema.entry("properties") if schema else None
    for node in (schema, listed.value if listed else None):
        for entry in node.entries if node else ():
            if field in (entry.key, split_key(entry.key).name):
                return entry.key_span
    return blame(prompt, "input", "schema")


def _type(schema: object) -> object:
    """What a variable may be, without its description."""
    known = cast("JsonSchema", schema) if isinstance(schema, dict) else {}
    return [known.get(key) for key in ("type", "enum", "items", "properties")]
