"""A beginning-of-text token written out, where the model's own is there already.

The chat template or the tokenizer begins every row with one. With two, the model starts from a
place that it never saw in its training; many trainers had this fault (OpenRLHF#393,
llama-cpp-python#1439, open-r1#462).

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/inst}
    ---
    <s>Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/inst}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator, Sequence

from tunesmith.lint.facts import Facts
from tunesmith.lint.fixes import removal, written_at
from tunesmith.lint.model import Model
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.output import Message
from tunesmith.wire.finding import Finding

RULE = Rule("double-bos", severity="error", needs_model=True)


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """A finding for each part of the template that has the token."""
    model = facts.model
    bos = model.named_tokens.get("bos_token") if model else None
    sample = next(samples(loaded, facts, n_rows=1), None)
    if model is None or not bos or sample is None:
        return
    messages = sample.example.messages
    segments = [segment for message in messages for segment in message.segments]
    typed = [one for one in segments if not one.is_value and bos in one.text]
    n_typed = sum(segment.text.count(bos) for segment in typed)
    # Where the template puts the token before every turn, it is no beginning of the text.
    if typed and _n_written(model, messages, bos) == n_typed + 1:
        message = f'"{bos}" begins every row already, and would stand here once more: remove it'
        for segment in typed:
            place = written_at(loaded.prompt, segment, bos)
            fix = removal(place, f"Remove {bos}") if place else None
            yield RULE.at(place or segment.span, message, fix=fix)


def _n_written(model: Model, messages: Sequence[Message], bos: str) -> int:
    try:
        return model.encode(messages, None).ids.count(model.control_tokens.get(bos, -1))
    except EncodeError:
        return 0
