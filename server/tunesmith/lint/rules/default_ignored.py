"""Defaults that only some runtimes apply.

Dotprompt's documentation promises them, its Python runtime and this tool apply them, its
JavaScript runtime takes defaults from the call alone and leaves those of the file out
(google/dotprompt, js/src/dotprompt.ts; genkit-ai/genkit#1396).

Bad:
    ---
    input:
      schema: {name?: string}
      default: {name: friend}
    ---
    Hello {{name}}
Good:
    ---
    input:
      schema: {name?: string}
    ---
    Hello {{#if name}}{{name}}{{else}}friend{{/if}}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("default-ignored", severity="information")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the key."""
    frontmatter = loaded.prompt.frontmatter
    default = frontmatter.entry("input", "default") if frontmatter else None
    if default and default.value.entries:
        message = (
            "the JavaScript runtime ignores these defaults: for one that holds everywhere, write "
            "{{#if name}}{{name}}{{else}}default{{/if}}"
        )
        yield RULE.at(default.key_span, message)
