"""A data file that is not there.

Where `tunesmith data fetch` brings the file, this is a piece of information with the command.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: fims.jsonl, target: label}
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

from tunesmith.lint.facts import DataFile, Facts, blame
from tunesmith.lint.near import rename
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("data-missing", severity="error")


def check(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each such file, where the prompt names it."""
    keys = loaded.extension.data
    if keys is not None and not keys.train:
        span = blame(loaded.prompt, "tunesmith.data")
        yield RULE.at(span, 'no data to train on: add "train: FILE"')
    for file in facts.data:
        if file.place == "outside":
            message = (
                f'"{file.name}" lies outside the workspace and is not read: move it in, or put an '
                "empty tunesmith.toml into a folder that holds both"
            )
            yield RULE.at(file.span, message)
        elif file.place == "absent":
            yield _absent(loaded, file)


def _absent(loaded: LoadedPrompt, file: DataFile) -> Finding:
    if file.source:
        message = f'"{file.name}" is not here yet; run: tunesmith data fetch {file.source}'
        return RULE.at(file.span, message, severity="information")
    message = f'there is no file "{file.name}", seen from this prompt'
    if file.near is None:
        return RULE.at(file.span, message)
    fix = rename(loaded.prompt.text, file.span, file.path.name, [file.near])
    return RULE.at(file.span, f'{message}; did you mean "{file.near}"?', fix=fix)
