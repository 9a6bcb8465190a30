"""What a word of a prompt means, and what a variable holds in the first row."""

from lsprotocol import types

from tunesmith.data.table import Table
from tunesmith.features.convert import to_range
from tunesmith.features.inlay_hints import fenced
from tunesmith.features.vocabulary import HELPERS, ROLES, key_doc
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt, Yaml
from tunesmith.prompt.nodes import Call, Const, calls_of, walk
from tunesmith.prompt.text import ColumnUnit, LineIndex, Span
from tunesmith.prompt.variables import variables

MAX_EXAMPLE = 400
Found = tuple[Span, str]


def hover(
    loaded: LoadedPrompt, table: Table | None, offset: int, lines: LineIndex, unit: ColumnUnit
) -> types.Hover | None:
    """What stands at a place of the prompt; None where there is nothing to say."""
    found = (
        _key(loaded.prompt, offset)
        or _word(loaded.prompt, offset)
        or _variable(loaded, table, offset)
    )
    if found is None:
        return None
    span, text = found
    contents = types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.Hover(contents=contents, range=to_range(span, lines, unit))


def _key(prompt: Prompt, offset: int) -> Found | None:
    frontmatter = prompt.frontmatter
    if frontmatter is None or not frontmatter.span.holds(offset):
        return None
    return _key_in(frontmatter.root, (), offset)


def _key_in(node: Yaml, path: tuple[str, ...], offset: int) -> Found | None:
    for entry in node.entries:
        here = (*path, entry.key)
        if entry.key_span.holds(offset):
            doc = key_doc(here)
            return (entry.key_span, f"**{entry.key}**\n\n{doc}") if doc else None
        if entry.value.span.holds(offset):
            return _key_in(entry.value, here, offset)
    return None


def _word(prompt: Prompt, offset: int) -> Found | None:
    """A helper, or the role that it names."""
    for node in walk(prompt.template):
        for call in calls_of(node):
            if call.callee.span.holds(offset) and call.name in HELPERS:
                return call.callee.span, HELPERS[call.name]
            if role := _role(call, offset):
                return role
    return None


def _role(call: Call, offset: int) -> Found | None:
    for argument in call.arguments if call.name == "role" else ():
        if isinstance(argument, Const) and argument.span.holds(offset):
            doc = ROLES.get(str(argument.value))
            return (argument.span, doc) if doc else None
    return None


def _variable(loaded: LoadedPrompt, table: Table | None, offset: int) -> Found | None:
    for variable in variables(loaded.prompt, loaded.partials):
        if variable.span.holds(offset):
            return variable.span, _about(variable.name, loaded, table)
    return None


def _about(name: str, loaded: LoadedPrompt, table: Table | None) -> str:
    keys = loaded.extension.data
    head = f"**{name}**: variable"
    if keys is None or table is None:
        return head
    column = keys.columns.get(name, name)
    if column not in table.columns:
        return f"{head}\n\n`{table.path.name}` has no column `{column}`."
    head = f"{head}, column `{column}` of `{table.path.name}`"
    if not table.rows:
        return head
    value = table.rows[0].text(column)
    shown = value if len(value) <= MAX_EXAMPLE else value[:MAX_EXAMPLE] + "…"
    return f"{head}, in row 1:\n{fenced(shown)}"
