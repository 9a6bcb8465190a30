"""Text to `Prompt`, for any text."""

from tunesmith.prompt.frontmatter import split_frontmatter
from tunesmith.prompt.model import Node, Prompt
from tunesmith.prompt.template import parse_template
from tunesmith.prompt.text import Span


def parse(text: str) -> Prompt:
    r"""The prompt in a file's text; what is wrong with it stands in `problems`. Never raises.

    >>> parse("---\nmodel: local/x\n---\nHello {{name}}").body
    Span(start=23, end=37)
    """
    frontmatter, body, problems = split_frontmatter(text)
    template, more = parse_template(text, body)
    return Prompt(
        text=text,
        frontmatter=frontmatter,
        body=body,
        template=template,
        problems=(*problems, *more),
    )


def parse_partial(text: str) -> tuple[Node, ...]:
    """The template in a partial's text, which is all of it: a partial has no frontmatter."""
    nodes, _ = parse_template(text, Span(0, len(text)))
    return nodes
