"""A default that the input schema does not allow, or that belongs to no variable.

The runtimes that apply defaults check the merged input against the schema and refuse it; the
others would put a value into the prompt that it was not written for.

Bad:
    ---
    input:
      schema: {stars: integer, style(enum): [plain, poetic]}
      default: {stars: many, style: prosaic}
    ---
    {{stars}} {{style}}
Good:
    ---
    input:
      schema: {stars: integer, style(enum): [plain, poetic]}
      default: {stars: 5, style: plain}
    ---
    {{stars}} {{style}}
"""

from collections.abc import Iterator
from typing import cast

from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import is_closed, own_schema
from tunesmith.lint.near import did_you_mean
from tunesmith.lint.rule import Rule
from tunesmith.lint.validate import misfits, properties_of
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.picoschema import JsonSchema
from tunesmith.wire.finding import Finding

RULE = Rule("default-mismatch", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such default."""
    frontmatter = loaded.prompt.frontmatter
    default = frontmatter.get("input", "default") if frontmatter else None
    schema = own_schema(loaded.prompt, "input").json or {}
    properties = properties_of(schema)
    for entry in default.entries if default and properties else ():
        known = properties.get(entry.key)
        if isinstance(known, dict):
            for misfit in misfits(
                entry.value, cast("JsonSchema", known), entry.key, at=entry.key_span
            ):
                near = did_you_mean(misfit.word, misfit.known) if misfit.kind == "unknown" else ""
                yield RULE.at(misfit.span, f"the default of {misfit.message}{near}")
        elif known is None and is_closed(schema):
            near = did_you_mean(entry.key, properties)
            yield RULE.at(entry.key_span, f'"{entry.key}" is not in the input schema{near}')
