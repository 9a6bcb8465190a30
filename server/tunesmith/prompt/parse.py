"""Text to `Prompt`, for any text."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import cast

from tunesmith.prompt.frontmatter import split_frontmatter
from tunesmith.prompt.model import Frontmatter, Prompt
from tunesmith.prompt.nodes import Node
from tunesmith.prompt.problem import most_telling
from tunesmith.prompt.stretch import Stretch
from tunesmith.prompt.template import parse_template
from tunesmith.prompt.text import Span


def parse(text: str, *, is_partial: bool = False, before: Sequence[Stretch] = ()) -> Prompt:
    r"""The prompt in a file's text; what is wrong with it stands in `problems`. Never raises.

    A partial is all template, whatever it begins with. `before` is the template of an earlier
    version: it changes nothing but the time that this takes.

    >>> parse("---\nmodel: local/x\n---\nHello {{name}}").body
    Span(start=23, end=37)
    """
    frontmatter, body, problems = (
        (None, Span(0, len(text)), []) if is_partial else split_frontmatter(text)
    )
    template = parse_template(body.of(text), before)
    starts = accumulate([len(one.source) for one in template], initial=body.start)
    stretches = tuple(zip(starts, template, strict=False))
    broken = [problem.moved(at) for at, one in stretches for problem in one.problems]
    return Prompt(
        text=text,
        frontmatter=frontmatter,
        body=body,
        stretches=stretches,
        problems=(*problems, *most_telling(broken)),
        defaults=_defaults(frontmatter),
    )


def _defaults(frontmatter: Frontmatter | None) -> dict[str, object]:
    found = frontmatter.get("input", "default") if frontmatter else None
    return cast("dict[str, object]", found.value) if found and found.kind == "mapping" else {}


# A prompt is read again at every keystroke, and its partials change rarely.
@lru_cache(maxsize=128)
def parse_partial(text: str) -> tuple[Node, ...]:
    """The template in a partial's text, which is all of it: a partial has no frontmatter."""
    return parse(text, is_partial=True).template
