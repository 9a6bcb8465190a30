"""Prompt and target that share a token where they meet.

One line end, and then two of them before the first word: read as one text, these have a token in
common that neither has alone. Training keeps them apart, as generation does, so that the model
learns tokens in an order that it has seldom seen; the right continuation is then less probable by
orders of magnitude (arXiv 2601.23223).

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    {{#if label}}{{role "model"}}

    {{label}}{{/if}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    {{#if label}}{{role "model"}}{{label}}{{/if}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

import json
from collections.abc import Iterator

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.rule import DataLine, Rule
from tunesmith.lint.samples import samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.output import Segment
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("prompt-target-merge", severity="warning", needs_model=True)
_BLANKS = (" ", "\t", "\u3000", "\u00a0")


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding: at the final model turn, or at the target's column."""
    model = facts.model
    if model is None:
        return
    for sample in samples(loaded, facts):
        try:
            encoded = model.encode(sample.example.messages, sample.example.target)
        except EncodeError:
            continue
        before = model.text(encoded.ids[: encoded.n_prompt])
        # A prompt that ends in a blank is the business of trailing-space.
        if not encoded.merges or before.endswith(_BLANKS):
            continue
        after = model.text(encoded.ids[encoded.n_prompt :])
        message = (
            f"the prompt ends in {_shown(before[-1:])} and the target begins with "
            f"{_shown(after[:12])}, which the model reads as one token when it sees them together: "
            "begin the target with its first word"
        )
        target = sample.example.target
        if isinstance(target, tuple):
            yield RULE.at(target[0].span, message, fix=_fix(target[0], loaded.prompt))
        else:
            line = DataLine(path=str(sample.file.path), line=sample.row.line)
            yield RULE.at(blame(loaded.prompt, "tunesmith.data", "target"), message, data=line)
        return


def _fix(first: Segment, prompt: Prompt) -> Fix | None:
    """Take out the blanks that the template puts before the target."""
    source = first.span.of(prompt.text)
    n_blanks = len(source) - len(source.lstrip())
    if first.is_value or not n_blanks:
        return None
    edit = Edit(start=first.span.start, end=first.span.start + n_blanks, text="")
    return Fix(title="Begin the target with its first word", edits=(edit,), safe=False)


def _shown(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
