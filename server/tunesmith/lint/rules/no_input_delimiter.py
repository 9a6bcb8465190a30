"""A variable in the middle of prose, with nothing that says where its text begins and ends.

A model then takes sentences of the row for instructions more easily (spotlighting, Hines et al.
2024, arXiv 2403.14720). Tags, quotes, a fence, or a line of its own after a label mark it off.

Bad:
    ---
    tunesmith.task: summarization
    tunesmith.data: {train: letters.csv, target: summary}
    ---
    Summarize the letter {{letter}} in two sentences.
    -- letters.csv --
    letter,summary
    Dear friend,A greeting.
Good:
    ---
    tunesmith.task: summarization
    tunesmith.data: {train: letters.csv, target: summary}
    ---
    Summarize this letter in two sentences.
    <letter>
    {{letter}}
    </letter>
    -- letters.csv --
    letter,summary
    Dear friend,A greeting.
"""

import re
from collections.abc import Iterator
from itertools import islice

from tunesmith.lint.facts import Facts
from tunesmith.lint.prose import n_words
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.nodes import Mustache, Path
from tunesmith.wire.finding import Finding

RULE = Rule("no-input-delimiter", severity="hint")
FEWEST_WORDS = 5
MAX_TAGS = 200
_ROLE = re.compile(r"\{\{~?\s*role\b[^{}]*\}\}")
_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_OPENS = re.compile(r"[:：=>|`\"'“”‘’«»「『（(\[{*_#/-][ \t]*\Z|^\s*\Z")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """One finding for each such variable, at its first such place."""
    if loaded.extension.data is None:
        return
    text, body = loaded.prompt.text, loaded.prompt.body
    said: set[str] = set()
    for node in islice(loaded.prompt.between(Mustache, body.start, body.end), MAX_TAGS):
        tag = node.span.of(text)
        if tag in said or not _is_variable(node):
            continue
        start = max(body.start, text.rfind("\n", 0, node.span.start) + 1)
        end = text.find("\n", node.span.end, body.end)
        after = text[node.span.end : body.end if end < 0 else end]
        # A turn marks off what stands in it.
        before = _TAG.sub("", _ROLE.split(text[start : node.span.start])[-1])
        after = _TAG.sub("", _ROLE.split(after)[0])
        if (
            n_words(before)
            and n_words(before + after) >= FEWEST_WORDS
            and not _OPENS.search(before)
        ):
            said.add(tag)
            name = node.call.callee.span.of(text)
            message = (
                f"nothing marks where {name} begins and ends: put it on a line of its own "
                f"between <{name}> and </{name}>"
            )
            yield RULE.at(node.span, message)


def _is_variable(node: Mustache) -> bool:
    callee = node.call.callee
    is_path = isinstance(callee, Path) and bool(callee.parts) and not callee.is_data
    return is_path and not node.call.has_arguments and node.call.name not in ("history",)
