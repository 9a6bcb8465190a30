"""Training that ends before it has begun.

The rate rises to its peak and falls again within the run, so that a few steps hardly move the
model. On film reviews SmolLM2-135M was at chance after 10 steps at its usual rate and right nine
times in ten after 20.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {epochs: 30, eval_steps: 5}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.rule import Rule
from tunesmith.lint.training import workload
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("steps-too-few", severity="information")
_FEWEST = 20


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the training settings."""
    work, options = workload(facts), facts.training
    if work is None or options is None or work.n_steps >= _FEWEST:
        return
    epochs, batch_size = int(options["epochs"]), int(options["batch_size"])
    steps = "1 step" if work.n_steps == 1 else f"{work.n_steps} steps"
    message = (
        f"training would end after {steps} (about {work.n_rows} rows, {batch_size} at a time, "
        f"{'once' if epochs == 1 else f'{epochs} times'}), where {_FEWEST} are a beginning: "
        "add rows, or set a smaller batch_size or more epochs"
    )
    yield RULE.at(blame(loaded.prompt, "tunesmith.train"), message)
