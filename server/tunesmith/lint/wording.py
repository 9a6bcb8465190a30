"""Rules over words: off unless they are asked for, since no word is wrong everywhere."""

import re
from collections.abc import Iterator

from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.text import Span


def places(loaded: LoadedPrompt, pattern: re.Pattern[str]) -> Iterator[tuple[str, Span]]:
    """Where the template's text has a wording, outside of tags."""
    prompt = loaded.prompt
    if not pattern.search(prompt.text, prompt.body.start, prompt.body.end):
        return
    for node in prompt.texts:
        for match in pattern.finditer(prompt.text, node.span.start, node.span.end):
            yield match.group(), Span(*match.span())
