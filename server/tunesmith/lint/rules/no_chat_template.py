"""A model without a chat template is given the texts of the turns, one below the other.

It is most often a base model, which goes on with a text and knows nothing of roles. Written as a
text to be continued, a prompt then does more than written as a request. `template: plain` says
that this is meant.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/no-template}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/no-template, template: plain}
    ---
    Review: {{review}}
    Sentiment:
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("no-chat-template", severity="information", needs_model=True)


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the model's name."""
    model = facts.model
    if model is None or model.has_chat_template:
        return
    if loaded.extension.train.get("template") == "plain":
        return
    message = (
        f"{model.name} has no chat template: it is given the turns as plain text, without their "
        "roles; write a text to be continued, and set template: plain if this is meant"
    )
    yield RULE.at(blame(loaded.prompt, "tunesmith.train", "base"), message)
