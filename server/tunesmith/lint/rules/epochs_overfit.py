"""A few rows that are seen many times, with nothing that would end it.

Below 500 rows two or three epochs are usual; behind them a model learns rows by heart. Training
ends early after `patience` looks at the validation rows without a better score, so that nothing is
said where there will be more looks than that.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {epochs: 20}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {epochs: 20, eval_steps: 2}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.fixes import option_set
from tunesmith.lint.rule import Rule
from tunesmith.lint.training import workload
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("epochs-overfit", severity="information")
_FEW_ROWS = 500
_MOST_EPOCHS = 3


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the number of epochs."""
    work, options = workload(facts), facts.training
    if work is None or options is None:
        return
    epochs, patience = int(options["epochs"]), int(options["patience"])
    if epochs <= _MOST_EPOCHS or work.n_rows >= _FEW_ROWS or work.n_looks > patience:
        return
    looks = "1 look" if work.n_looks == 1 else f"{work.n_looks} looks"
    message = (
        f"about {work.n_rows} rows are seen {epochs} times, which is learning them by heart, and "
        f"with {looks} at the validation rows nothing ends it early: set "
        f"epochs: {_MOST_EPOCHS} or fewer, or a smaller eval_steps"
    )
    place = blame(loaded.prompt, "tunesmith.train", "epochs")
    yield RULE.at(place, message, fix=option_set(loaded.prompt, "epochs", str(_MOST_EPOCHS)))
