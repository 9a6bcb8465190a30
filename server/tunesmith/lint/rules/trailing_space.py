"""A prompt that ends in a blank where the answer starts.

The words of most tokenizers begin with their space, so that behind a space none of the usual words
fits: over 80 film tweets, one trailing space cost SmolLM2 14 points of accuracy, and no
probability was left on the labels. "Token healing" is the name of the cure by hand (Guidance;
arXiv 2601.23223). A chat template that trims its turns makes the blank harmless, and then nothing
is said.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}} Sentiment: {{#if label}}{{role "model"}}{{label}}{{/if}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}} Sentiment:{{#if label}}{{role "model"}}{{label}}{{/if}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator
from dataclasses import replace

from tunesmith.lint.facts import Facts
from tunesmith.lint.fixes import removal
from tunesmith.lint.model import Model
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.output import Message, Segment
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding

RULE = Rule("trailing-space", severity="warning", needs_model=True)
BLANKS = " \t\u3000\u00a0"
_WHY = "words bring their own space, so that none of the usual ones fits behind it"


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding: at the blank, or at the variable whose values end in one."""
    model = facts.model
    if model is None:
        return
    ends = [_blank_end(sample.example.messages, model) for sample in samples(loaded, facts)]
    found = [end for end in ends if end]
    # Now and then a value ends in a space; that is the data's, and does no harm.
    if not found or 2 * len(found) <= len(ends):
        return
    segment = found[0]
    if segment.is_value:
        name = segment.variable or "a value"
        message = f"{name} ends in a blank where the answer starts; {_WHY}: trim the column"
        yield RULE.at(segment.span, message)
        return
    kept = len(segment.span.of(loaded.prompt.text).rstrip(BLANKS))
    place = Span(segment.span.start + kept, segment.span.end)
    fix = removal(place, "Remove the blank") if place.start < place.end else None
    message = f"the prompt ends in a blank where the answer starts; {_WHY}: remove it"
    yield RULE.at(place if fix else segment.span, message, fix=fix)


def _blank_end(messages: tuple[Message, ...], model: Model) -> Segment | None:
    """The last segment, where it ends in a blank that reaches the model."""
    segments = messages[-1].segments if messages else ()
    segment = next((one for one in reversed(segments) if one.text), None)
    if segment is None or not segment.text.endswith(tuple(BLANKS)):
        return None
    bare = Segment(
        text=messages[-1].text.rstrip(BLANKS), is_value=segment.is_value, span=segment.span
    )
    trimmed = (*messages[:-1], replace(messages[-1], parts=(bare,)))
    try:
        reaches = model.encode(messages, None).ids != model.encode(trimmed, None).ids
    except EncodeError:
        return None
    return segment if reaches else None
