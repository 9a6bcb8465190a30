"""Text to `Prompt`, for any text."""

from functools import lru_cache
from typing import cast

from tunesmith.prompt.frontmatter import split_frontmatter
from tunesmith.prompt.model import Frontmatter, Node, Prompt
from tunesmith.prompt.template import parse_template
from tunesmith.prompt.text import Span


def parse(text: str, *, is_partial: bool = False) -> Prompt:
    r"""The prompt in a file's text; what is wrong with it stands in `problems`. Never raises.

    A partial is all template, whatever it begins with.

    >>> parse("---\nmodel: local/x\n---\nHello {{name}}").body
    Span(start=23, end=37)
    """
    frontmatter, body, problems = (
        (None, Span(0, len(text)), []) if is_partial else split_frontmatter(text)
    )
    template = parse_template(text, body)
    return Prompt(
        text=text,
        frontmatter=frontmatter,
        body=body,
        template=template.nodes,
        texts=template.texts,
        mustaches=template.mustaches,
        others=template.others,
        problems=(*problems, *template.problems),
        defaults=_defaults(frontmatter),
    )


def _defaults(frontmatter: Frontmatter | None) -> dict[str, object]:
    found = frontmatter.get("input", "default") if frontmatter else None
    return cast("dict[str, object]", found.value) if found and found.kind == "mapping" else {}


# A prompt is read again at every keystroke, and its partials change rarely.
@lru_cache(maxsize=128)
def parse_partial(text: str) -> tuple[Node, ...]:
    """The template in a partial's text, which is all of it: a partial has no frontmatter."""
    return parse_template(text, Span(0, len(text))).nodes
