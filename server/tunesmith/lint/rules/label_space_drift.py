"""A label that the prompt writes in one form, and the answer in another.

For a tokenizer, `positive`, ` positive` and `Positive` are three different tokens. A blank around a
label in the data is learned as part of the answer, and a label that the prompt only offers in
another case is not the word that the model is then judged by.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    {{text}}
    Answer Positive or Negative.
    -- films.jsonl --
    {"text": "Fine.", "label": "positive"}
    {"text": "Dull.", "label": "negative"}
Good:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label}
    ---
    {{text}}
    Is this positive or negative?
    -- films.csv --
    text,label
    a fine film,positive
    fine songs,positive
    fine acting,positive
    a fine plot,positive
    a fine end,positive
    fine scenes,positive
    so fine,positive
    fine views,positive
    fine jokes,positive
    fine throughout,positive
    a dull film,negative
    dull songs,negative
    dull acting,negative
    a dull plot,negative
    a dull end,negative
    dull scenes,negative
    so dull,negative
    dull views,negative
    dull jokes,negative
    dull throughout,negative
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tunesmith.lint.answers import answer_ids, label_place, labels_of
from tunesmith.lint.facts import Facts
from tunesmith.lint.fixes import written_at
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.output import Segment
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("label-space-drift", severity="warning", needs_model=True)
_MOST = 8
_SENTENCE_STARTS = (".", "!", "?", "。", "！", "？", "\n")


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for labels with blanks around them, and one for each label in another case."""
    labels = labels_of(loaded, facts)
    padded = {label: label.strip() for label in labels if label.strip() != label}
    if padded:
        yield from _padded(loaded, facts, padded)
    sample = next(samples(loaded, facts, n_rows=1), None)
    segments = [one for turn in sample.example.messages for one in turn.segments] if sample else []
    written = [segment for segment in segments if not segment.is_value]
    bare = [label for label in labels if label not in padded]
    drifted = [(label, place) for label in bare if (place := _other_case(label, written))]
    # One capital in running text is no other form; a list of labels with capitals is.
    if len(drifted) >= max(2, len(bare) / 2):
        for label, (segment, form) in drifted:
            yield _case_finding(loaded, segment, form, label)


def _padded(loaded: LoadedPrompt, facts: Facts, bare: Mapping[str, str]) -> Iterator[Finding]:
    """Silent where the chat template trims its turns."""
    ids = answer_ids(loaded, facts, [*bare, *bare.values()])
    differing = [label for label in bare if ids and ids[label] != ids[bare[label]]]
    if differing:
        shown = ", ".join(f'"{label}"' for label in differing[:_MOST])
        message = (
            f"labels have blanks around them ({shown}), which the model learns to write and "
            "which are other tokens than the bare words: trim the column"
        )
        yield RULE.at(label_place(loaded), message)


def _other_case(label: str, written: Sequence[Segment]) -> tuple[Segment, str] | None:
    """Where the prompt has the label in another case, unless it has it in its own as well."""
    word = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)", re.IGNORECASE)
    matches = [(one, match) for one in written for match in word.finditer(one.text)]
    if any(match.group() == label for _, match in matches):
        return None
    for segment, match in matches:
        before = segment.text[: match.start()].rstrip(" ")
        is_sentence = match.group() == label.capitalize() and before.endswith(_SENTENCE_STARTS)
        if before and not is_sentence:
            return segment, match.group()
    return None


def _case_finding(loaded: LoadedPrompt, segment: Segment, form: str, label: str) -> Finding:
    message = (
        f'the answer is "{label}", and the prompt offers "{form}", which are other tokens: '
        "write the label as it is in the data"
    )
    place = written_at(loaded.prompt, segment, form)
    if place is None:
        return RULE.at(segment.span, message)
    edit = Edit(start=place.start, end=place.end, text=label)
    fix = Fix(title=f'Change "{form}" to "{label}"', edits=(edit,), safe=False)
    return RULE.at(place, message, fix=fix)
