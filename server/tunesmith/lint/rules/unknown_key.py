"""A top-level key of the frontmatter that nothing reads.

The runtimes drop a key that is none of Dotprompt's and has no dot (google/dotprompt,
js/src/parse.ts); only programs that ask for the raw frontmatter see it. Where a key looks like a
slip of the pen, or belongs elsewhere, this is a warning; else it is only said.

Bad:
    ---
    modle: googleai/gemini-2.5-flash
    ---
    Hello
Good:
    ---
    model: googleai/gemini-2.5-flash
    acme.team: search
    ---
    Hello
"""

from collections.abc import Iterator, Sequence

from tunesmith.lint.facts import Facts
from tunesmith.lint.near import did_you_mean, nearest, rename
from tunesmith.lint.rule import Rule
from tunesmith.lint.schema import OURS
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.metadata import COMPUTED, IGNORED, KEYS
from tunesmith.prompt.model import Entry
from tunesmith.wire.finding import Finding

RULE = Rule("unknown-key", severity="warning")
_KNOWN = {*KEYS, *IGNORED, *COMPUTED, *OURS}
_IN_CONFIG = {
    *("temperature", "maxOutputTokens", "topK", "topP", "stopSequences"),
    *("max_tokens", "max_output_tokens", "top_k", "top_p", "stop", "seed"),
}
"""What people write at the top level that only `config` hands to a model."""


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such key."""
    frontmatter, text = loaded.prompt.frontmatter, loaded.prompt.text
    entries = frontmatter.root.entries if frontmatter else ()
    free = [key for key in (*KEYS, *IGNORED, *OURS) if all(entry.key != key for entry in entries)]
    for entry in entries:
        if entry.key in _KNOWN:
            continue
        if entry.key.startswith("tunesmith.") and "." not in entry.key.partition(".")[2]:
            yield _misspelt(text, entry, [key for key in free if key in OURS])
        elif "." not in entry.key:
            yield _undotted(text, entry, [key for key in free if key not in OURS])


def _undotted(text: str, entry: Entry, free: Sequence[str]) -> Finding:
    key = entry.key
    if key == "tunesmith":
        message = 'nothing reads "tunesmith" without a dot: write "tunesmith.train:" and so on'
        return RULE.at(entry.key_span, message)
    if key in _IN_CONFIG:
        message = f'nothing reads "{key}" here: write it below "config:"'
        return RULE.at(entry.key_span, message)
    if nearest(key, free):
        return _misspelt(text, entry, free)
    message = f'nothing reads "{key}": a key with a dot, such as "acme.{key}", is kept in ext'
    return RULE.at(entry.key_span, message, severity="information")


def _misspelt(text: str, entry: Entry, free: Sequence[str]) -> Finding:
    message = f'nothing reads "{entry.key}"{did_you_mean(entry.key, free)}'
    return RULE.at(entry.key_span, message, fix=rename(text, entry.key_span, entry.key, free))
