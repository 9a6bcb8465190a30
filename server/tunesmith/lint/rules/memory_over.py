"""A base model whose training does not fit into the memory of this machine.

The formula is that of `models/memory.py`, and errs on the small side: weights in bf16, the adapter
with its gradients and moments in fp32, and the activations of one forward pass. How many rows make
a step does not enter, because a batch goes through the model in parts; the longest row does.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/huge}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.model import Model
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import samples
from tunesmith.models.facts import read_facts
from tunesmith.models.memory import Need, need
from tunesmith.models.shapes import weight_shapes
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.wire.finding import Finding

RULE = Rule("memory-over", severity="error", needs_model=True)
_BUDGET = 1024
"""Tokens of a part of a batch, unless one row has more."""


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the model's name."""
    model, options, there = facts.model, facts.training, facts.machine_bytes
    if model is None or options is None or there is None:
        return
    try:
        shapes, width = weight_shapes(model.folder), read_facts(model.folder).hidden_size
    except (OSError, ValueError):
        return
    # Virtual tokens weigh next to nothing.
    rank = 0 if "tokens" in options else int(options["rank"]) if "rank" in options else None
    needed = need(shapes, width=width, rank=rank)
    longest = min(_longest(loaded, facts, model), int(options["max_length"]))
    n_ids = min(max(_BUDGET, longest), longest * int(options["batch_size"]))
    if needed.of(n_ids) > there:
        parts = (
            f"{_gb(needed.weights)} for the weights, {_gb(needed.trained)} for what learns and "
            f"{_gb(n_ids * needed.per_token)} for {n_ids:,} tokens at a time"
        )
        message = (
            f"{options['method']} on {model.name} needs {_gb(needed.of(n_ids))} at least ({parts}) "
            f"and this machine has {_gb(there)}: {advice(needed, there, longest)}"
        )
        yield RULE.at(blame(loaded.prompt, "tunesmith.train", "base"), message)


def _longest(loaded: LoadedPrompt, facts: Facts, model: Model) -> int:
    """Tokens of the longest sampled row; 1 where none can be encoded."""
    longest = 1
    for sample in samples(loaded, facts):
        try:
            encoded = model.encode(sample.example.messages, sample.example.target)
        except EncodeError:
            continue
        longest = max(longest, len(encoded.ids))
    return longest


def advice(needed: Need, there: int, longest: int) -> str:
    """What would fit into so many bytes, where rows have up to `longest` tokens."""
    n_fitting = (there - needed.of(0)) // needed.per_token
    if n_fitting >= longest:
        return f"the largest batch that fits has {n_fitting // longest} rows, so set batch_size"
    if n_fitting > 0:
        return f"rows of {n_fitting} tokens would fit, so shorten them, or tune a smaller model"
    return "tune a smaller model"


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:,.0f} MB"
