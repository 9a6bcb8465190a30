"""Training settings that do not say what to learn.

The target is a column of the data, named by `target` in `tunesmith.data`, or a final model turn
in the template.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl}
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
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Const, Mustache
from tunesmith.wire.finding import Finding

RULE = Rule("target-missing", severity="error")


def check(loaded: LoadedPrompt, _facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the settings."""
    extension = loaded.extension
    has_target = extension.data is not None and extension.data.target is not None
    if not extension.has_training or has_target or _ends_in_model_turn(loaded.prompt):
        return
    if extension.data is None:
        message = 'nothing to learn from: add "tunesmith.data: {train: FILE, target: COLUMN}"'
        yield RULE.at(blame(loaded.prompt, "tunesmith.train"), message)
    else:
        message = 'no column to learn: add "target: COLUMN", or end the prompt in a model turn'
        yield RULE.at(blame(loaded.prompt, "tunesmith.data"), message)


def _ends_in_model_turn(prompt: Prompt) -> bool:
    roles = [
        node.call.arguments[0]
        for node in prompt.calling("role")
        if isinstance(node, Mustache) and node.call.arguments
    ]
    return bool(roles) and isinstance(roles[-1], Const) and roles[-1].value == "model"
