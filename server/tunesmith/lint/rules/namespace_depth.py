"""A setting of ours with two dots, which leads elsewhere.

The runtimes split a dotted key at its last dot (google/dotprompt, js/src/parse.ts), so that
`tunesmith.train.lr` is the key `lr` in a namespace "tunesmith.train", which nothing reads.

Bad:
    ---
    tunesmith.preview.temperature: 0.5
    ---
    Hello
Good:
    ---
    tunesmith.preview: {temperature: 0.5}
    ---
    Hello
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.lint.schema import OURS
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.metadata import split_dotted
from tunesmith.prompt.model import Entry, Frontmatter
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("namespace-depth", severity="warning")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such key."""
    frontmatter = loaded.prompt.frontmatter
    for entry in frontmatter.root.entries if frontmatter else ():
        section, name = split_dotted(entry.key)
        if frontmatter and section.startswith("tunesmith."):
            message = f'nothing reads "{entry.key}": write "{section}: {{{name}: ..}}"'
            fix = _gathered(loaded.prompt.text, frontmatter, section)
            yield RULE.at(entry.key_span, message, fix=fix)


def _gathered(text: str, frontmatter: Frontmatter, section: str) -> Fix | None:
    """All keys of one section in the place of the first of them, if nothing stands there yet."""
    entries = frontmatter.root.entries
    found = [entry for entry in entries if split_dotted(entry.key)[0] == section]
    if section not in OURS or any(entry.key == section for entry in entries):
        return None
    if not all(_is_simple(text, entry) for entry in found):
        return None
    pairs = (f"{split_dotted(item.key)[1]}: {item.value.span.of(text)}" for item in found)
    first, *others = found
    written = f"{section}: {{{', '.join(pairs)}}}"
    edits = [Edit(start=first.key_span.start, end=first.value.span.end, text=written)]
    for entry in others:
        start = text.rfind("\n", 0, entry.key_span.start) + 1
        end = text.find("\n", entry.value.span.end) + 1
        edits.append(Edit(start=start, end=end, text=""))
    return Fix(title=f'Write "{section}"', edits=tuple(edits), safe=True)


def _is_simple(text: str, entry: Entry) -> bool:
    """Whether key and value have a line to themselves, without a comment, and fit into braces."""
    start = text.rfind("\n", 0, entry.key_span.start) + 1
    end = text.find("\n", entry.value.span.end)
    before, behind = text[start : entry.key_span.start], text[entry.value.span.end : end]
    value = entry.value.span.of(text)
    is_plain = bool(value) and not set(value) & set("\n\r|>,{}[]#&*!")
    return is_plain and end > 0 and not before.strip() and not behind.strip()
