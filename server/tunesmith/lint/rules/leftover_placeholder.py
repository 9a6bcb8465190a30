"""A placeholder that nobody fills: a note to oneself, or braces of another template language.

`{name}` is a placeholder in Python and `${name}` in JavaScript; to Dotprompt both are text, and
the model reads the braces. They are found where a variable of that name is known, so that JSON in a
prompt stays unremarked; in code and in paths, where it has no tag of its own besides.

Bad:
    ---
    input: {schema: {name: string, city: string}}
    ---
    Greet {name} from {{city}}.
Good:
    ---
    input: {schema: {name: string, city: string}}
    ---
    Greet {{name}} from {{city}}.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from tunesmith.lint.code import in_code
from tunesmith.lint.facts import Facts
from tunesmith.lint.inputs import declared_inputs
from tunesmith.lint.quick import somewhere
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Text
from tunesmith.prompt.stretch import Stretch, remembered
from tunesmith.prompt.text import Span
from tunesmith.prompt.variables import input_names
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("leftover-placeholder", severity="warning")
_WORDS = ("TODO", "FIXME", "XXX", "[INSERT", "[YOUR", "[ADD", "[FILL IN", "[TBD")
_NOTE = re.compile(
    r"^[ \t]*(?:TODO|FIXME|XXX)\b[:(][^\n]*"
    r"|\[(?:INSERT|YOUR|ADD|FILL IN|TODO|TBD)\b[^\]\n]{0,80}\]",
    re.MULTILINE,
)
_BRACES = re.compile(r"\{([^\W\d][\w.]*)\}(?!\})")


@somewhere
def _may_hold_note(text: str) -> bool:
    return any(word in text for word in _WORDS)


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such note and for each such pair of braces."""
    prompt = loaded.prompt
    text, body = prompt.text, prompt.body
    if _may_hold_note(prompt):
        for match in _NOTE.finditer(text, body.start, body.end):
            if _is_text(prompt, match.start()) and not in_code(prompt, match.start()):
                yield _unfinished(match)
    found = [
        match
        for at, stretch in prompt.stretches
        for span in _braces(stretch)
        if (match := _BRACES.match(text, at + span.start))
    ]
    if not found:
        return
    used = input_names(prompt, loaded.partials)
    declared = _declared(loaded)
    for match in found:
        name, before = match[1].partition(".")[0], _before(text, match)
        is_shown = name in used and (before == "/" or in_code(prompt, match.start()))
        if (name in used or name in declared) and before not in ("{", "\\") and not is_shown:
            yield _unfilled(text, match)


@remembered
def _braces(stretch: Stretch) -> tuple[Span, ...]:
    # Looked for in the texts that have any, since most braces are those of tags.
    texts = [node for node in stretch.all_nodes if isinstance(node, Text) and "{" in node.value]
    found = [_BRACES.finditer(stretch.source, node.start, node.end) for node in texts]
    return tuple([Span(*match.span()) for matches in found for match in matches])


def _before(text: str, match: re.Match[str]) -> str:
    return text[match.start() - 1 : match.start()]


def _is_text(prompt: Prompt, offset: int) -> bool:
    """Whether a place lies between the tags."""
    after = bisect_right(prompt.texts, offset, key=lambda node: node.start)
    return after > 0 and offset < prompt.texts[after - 1].end


def _unfinished(match: re.Match[str]) -> Finding:
    shown = match.group().strip()
    start = match.end() - len(match.group().lstrip())
    message = f'"{shown[:40]}" is still to be filled in, and is sent to the model'
    return RULE.at(Span(start, match.end()), message)


def _unfilled(text: str, match: re.Match[str]) -> Finding:
    start = match.start() - (_before(text, match) == "$")
    shown, right = text[start : match.end()], f"{{{{{match[1]}}}}}"
    edit = Edit(start=start, end=match.end(), text=right)
    fix = Fix(title=f"Write {right}", edits=(edit,), safe=False)
    message = f"{shown} is plain text here, and no value is put in: write {right}"
    return RULE.at(Span(start, match.end()), message, fix=fix)


def _declared(loaded: LoadedPrompt) -> set[str]:
    """Names that can only be meant for a variable."""
    inputs, data = declared_inputs(loaded), loaded.extension.data
    return {*(inputs.declared if inputs else ()), *(data.columns if data else ())}
