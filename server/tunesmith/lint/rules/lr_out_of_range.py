"""A learning rate far from what the method and the model's size ask for.

The best rate falls with the width of the model and depends on the method, far more than on
anything else: about ten times that of full fine-tuning for LoRA, by the power law that
tinker-cookbook fits. Around it results are flat within a factor of three. SmolLM2-135M learns film
reviews with 3e-4 to 3e-3, where the law says 1.3e-3. More than ten times higher, training diverges;
more than ten times lower, it does not get anywhere.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {method: lora, lr: 0.1}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {method: lora, lr: 0.003}
    ---
    {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.catalog.methods import methods
from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.fixes import option_set
from tunesmith.lint.rule import Rule
from tunesmith.models.facts import read_facts
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("lr-out-of-range", severity="warning", needs_model=True)
_FACTOR = 10


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the rate."""
    if facts.model is None or facts.training is None or "lr" not in loaded.extension.train:
        return
    lr, name = float(facts.training["lr"]), str(facts.training["method"])
    model = read_facts(facts.model.folder)
    usual = methods()[name].default_lr(model.hidden_size, model.family).value
    if usual / _FACTOR <= lr <= usual * _FACTOR:
        return
    how, then = ("higher", "diverges") if lr > usual else ("lower", "gets nowhere")
    factor = max(lr / usual, usual / lr)
    message = (
        f"{lr:g} is {factor:,.0f} times {how} than the usual rate of {name} for a model of this "
        f"width ({usual:g}), and training {then}: leave lr out, or stay within a factor of three"
    )
    place = blame(loaded.prompt, "tunesmith.train", "lr")
    yield RULE.at(place, message, fix=option_set(loaded.prompt, "lr", _written(usual)))


def _written(rate: float) -> str:
    """A number that every version of YAML reads as one, unlike `1e-05`."""
    return f"{rate:.10f}".rstrip("0")
