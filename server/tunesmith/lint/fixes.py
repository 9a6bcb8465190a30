"""Fixes that several rules offer, and the places that they change."""

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.output import Segment
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Fix


def written_at(prompt: Prompt, segment: Segment, text: str) -> Span | None:
    """Where a piece of a rendered segment stands in the prompt; None where a partial has it."""
    start = prompt.text.find(text, segment.span.start, segment.span.end)
    return Span(start, start + len(text)) if start >= 0 else None


def removal(place: Span, title: str) -> Fix:
    """Take out what stands there, where a prompt that is right has nothing to lose."""
    return Fix(title=title, edits=(Edit(start=place.start, end=place.end, text=""),), safe=True)


def option_set(prompt: Prompt, key: str, value: str) -> Fix | None:
    """Another value for an option of `tunesmith.train`; None where this prompt does not have it."""
    entry = prompt.frontmatter.entry("tunesmith.train", key) if prompt.frontmatter else None
    if entry is None:
        return None
    edit = Edit(start=entry.value.span.start, end=entry.value.span.end, text=value)
    return Fix(title=f"Set {key} to {value}", edits=(edit,), safe=False)
