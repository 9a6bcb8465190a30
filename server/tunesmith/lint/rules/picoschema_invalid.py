"""A schema that is no Picoschema, nor JSON Schema.

A runtime that meets it refuses the prompt (google/dotprompt, js/src/picoschema.ts). A word that
is no type names a schema that the program defines; one that looks like a type is taken for a slip.

Bad:
    ---
    input:
      schema:
        review: strng
    ---
    Review: {{review}}
Good:
    ---
    input:
      schema:
        review: string
        author?: Author, a schema that the program defines
    ---
    Review: {{review}} {{author.name}}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import own_schema
from tunesmith.lint.near import nearest, rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.picoschema import FORMS, SCALARS, Fault, Named, Schema
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("picoschema-invalid", severity="error")
_OTHER_WORDS = {
    "str": "string",
    "text": "string",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "bool": "boolean",
}
"""What other languages call these types."""
_LISTS = ("list", "array", "enum", "object", "dict", "map")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each fault."""
    for section in ("input", "output"):
        yield from _faults(loaded.prompt.text, own_schema(loaded.prompt, section))


def _faults(text: str, schema: Schema) -> Iterator[Finding]:
    for fault in schema.faults:
        yield RULE.at(fault.span, _worded(fault), fix=_renamed(text, fault))
    for named in schema.unresolved:
        yield from _misspelt(text, named)


def _worded(fault: Fault) -> str:
    near = nearest(fault.word, fault.known) if fault.word else None
    hint = f'did you mean "{near}"?' if near else f"there are {', '.join(fault.known)}"
    return f"{fault.message}; {hint}" if fault.known else fault.message


def _renamed(text: str, fault: Fault) -> Fix | None:
    return rename(text, fault.span, fault.word, fault.known) if fault.word else None


def _misspelt(text: str, named: Named) -> Iterator[Finding]:
    word = named.name.strip()
    if word in _LISTS:
        form = word if word in FORMS else "array" if word == "list" else "object"
        message = f'"{word}" stands in the key, not in the value: write "name({form}): .."'
        yield RULE.at(named.span, message)
        return
    meant = _OTHER_WORDS.get(word.lower()) or nearest(word, SCALARS)
    if meant:
        message = f'no type is called "{named.name}"; did you mean "{meant}"?'
        yield RULE.at(named.span, message, fix=_retyped(text, named.span, named.name, meant))


def _retyped(text: str, span: Span, word: str, meant: str) -> Fix | None:
    start = text.find(word, span.start, span.end)
    # In quotes with escapes, a word need not stand as it is.
    if start < 0:
        return None
    edit = Edit(start=start, end=start + len(word), text=meant)
    return Fix(title=f'Change "{word}" to "{meant}"', edits=(edit,), safe=False)
