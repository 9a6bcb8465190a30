"""What is trained does not begin with the tokens that an answer starts from.

Some chat templates write a turn of the model differently when it is asked for than once it is
there, such as `<think>` before an answer to come and none before one that was given. The model
would then learn at a place where it is never asked. Such rows are refused when a job starts, as
are turns that the template does not allow.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/thinking}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    tunesmith.train: {base: local/models/thinking, template: plain}
    ---
    Review: {{review}}
    Sentiment:
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.rule import DataLine, Rule
from tunesmith.lint.samples import samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.wire.finding import Finding

RULE = Rule("prefix-mismatch", severity="error", needs_model=True)


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the model's name."""
    if facts.model is None:
        return
    for n_before, sample in enumerate(samples(loaded, facts)):
        try:
            facts.model.encode(sample.example.messages, sample.example.target)
        except EncodeError as error:
            message = f"rows cannot be put to {facts.model.name}: {error}"
            # Where the first row is refused, all are; else it is this one's own fault.
            line = DataLine(path=str(sample.file.path), line=sample.row.line)
            place = blame(loaded.prompt, "tunesmith.train", "base")
            yield RULE.at(place, message, data=line if n_before else None)
            return
