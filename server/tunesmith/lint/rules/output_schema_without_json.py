"""An output schema without `format: json`.

Some runtimes ask a model for JSON where they see a schema, others only where the format says so,
and then the schema means nothing.

Bad:
    ---
    output:
      schema: {label: string, reason: string}
    ---
    Hello
Good:
    ---
    output:
      format: json
      schema: {label: string, reason: string}
    ---
    Hello
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import own_schema
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Entry
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("output-schema-without-json", severity="information")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the schema."""
    frontmatter = loaded.prompt.frontmatter
    output = frontmatter.get("output") if frontmatter else None
    schema, form = (output.entry("schema"), output.entry("format")) if output else (None, None)
    json = own_schema(loaded.prompt, "output").json or {}
    # A text or a number needs no JSON.
    if schema is None or json.get("type") not in ("object", "array"):
        return
    if form is None:
        message = 'a runtime may ignore this schema: add "format: json"'
        yield RULE.at(schema.key_span, message, fix=_format(loaded.prompt.text, schema))
    elif form.value.value == "text":
        yield RULE.at(schema.key_span, 'with "format: text", a runtime ignores this schema')


def _format(text: str, schema: Entry) -> Fix:
    start = schema.key_span.start
    _, column = LineIndex(text[: start + 1]).position(start, "utf-32")
    line = text[start - column : start]
    newline = "\r\n" if "\r\n" in text else "\n"
    # Inside braces the line begins with something else than blanks, or a comma parts the two.
    is_block = not line.strip() and not _is_in_braces(text, start)
    written = f"format: json{newline}{line}" if is_block else "format: json, "
    edit = Edit(start=start, end=start, text=written)
    return Fix(title="Add format: json", edits=(edit,), safe=True)


def _is_in_braces(text: str, start: int) -> bool:
    return text[:start].rstrip().endswith(("{", ","))
