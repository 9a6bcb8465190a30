"""A key `ext` in the file, which every runtime overwrites.

`ext` is where the runtimes collect dotted keys; what stands there in the file is lost
(google/dotprompt, js/src/parse.ts). The same goes for `raw`.

Bad:
    ---
    ext: {acme: {team: search}}
    ---
    Hello
Good:
    ---
    acme.team: search
    ---
    Hello
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.metadata import COMPUTED
from tunesmith.prompt.model import Entry, Frontmatter
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("ext-literal", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such key."""
    frontmatter = loaded.prompt.frontmatter
    for entry in frontmatter.root.entries if frontmatter else ():
        if frontmatter and entry.key in COMPUTED:
            hint = ': write dotted keys instead, such as "acme.team"' if entry.key == "ext" else ""
            message = f'every runtime overwrites "{entry.key}"{hint}'
            fix = _dotted(loaded.prompt.text, frontmatter, entry)
            yield RULE.at(entry.key_span, message, fix=fix)


def _dotted(text: str, frontmatter: Frontmatter, ext: Entry) -> Fix | None:
    """The same settings as dotted keys, where each of their values stands on one line."""
    lines: list[str] = []
    taken = {entry.key for entry in frontmatter.root.entries}
    for space in ext.value.entries:
        for entry in space.value.entries:
            key, value = f"{space.key}.{entry.key}", entry.value.span.of(text)
            if key in taken or "\n" in value or not value:
                return None
            taken.add(key)
            lines.append(f"{key}: {value}")
        if not space.value.entries:
            return None
    if ext.key != "ext" or not lines:
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    edit = Edit(start=ext.key_span.start, end=ext.value.span.end, text=newline.join(lines))
    return Fix(title="Write dotted keys", edits=(edit,), safe=True)
