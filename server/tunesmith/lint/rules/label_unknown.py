"""A target in the data that is none of the declared labels.

It is one more class that the prompt never offers, most often a slip of the pen.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label, labels: [positive, negative]}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "Negative"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label, labels: [positive, negative]}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
    {"review": "Dull.", "label": "negative"}
"""

from collections.abc import Iterator

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.near import did_you_mean
from tunesmith.lint.rule import DataLine, Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("label-unknown", severity="error", where="data")
_MOST = 20


def check(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each such label and file, at the labels, with the first row that has it."""
    keys = loaded.extension.data
    if keys is None or keys.target is None or keys.labels is None:
        return
    span = blame(loaded.prompt, "tunesmith.data", "labels")
    for file, table in facts.tables:
        lines: dict[str, list[int]] = {}
        for row in table.rows:
            label = row.values.get(keys.target)
            if label is not None and label not in keys.labels:
                lines.setdefault(label, []).append(row.line)
        for n_said, (label, at) in enumerate(lines.items(), start=1):
            rows = "1 row" if len(at) == 1 else f"{len(at)} rows"
            message = f'"{label}" is none of the labels ({rows}){did_you_mean(label, keys.labels)}'
            if n_said == _MOST < len(lines):
                message += f" (and {len(lines) - _MOST} more such labels)"
            yield RULE.at(span, message, data=DataLine(path=str(file.path), line=at[0]))
            if n_said == _MOST:
                break
