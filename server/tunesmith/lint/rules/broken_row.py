"""A line of a data file that is no row, and a file that has none.

A row with a field too many is read wrongly or not at all by most tools, without a word. Nothing
is trained on a file that has such a line.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    Fine, really fine,positive
    Dull,negative
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    "Fine, really fine",positive
    Dull,negative
"""

from collections.abc import Iterator

from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rule import DataLine, Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("broken-row", severity="error")
_MOST = 20


def check_data(_loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each such line, where the prompt names the file."""
    for file in facts.data:
        if file.fault:
            yield RULE.at(file.span, f"{file.path.name} cannot be read: {file.fault}")
        elif file.problems:
            yield from _problems(file)
        elif file.columns and not file.n_rows:
            line = DataLine(path=str(file.path), line=1)
            yield RULE.at(file.span, "this file has no rows: add some", data=line)


def _problems(file: DataFile) -> Iterator[Finding]:
    n_left_out = max(0, file.n_problems - _MOST)
    for problem in file.problems[:_MOST]:
        message = problem.message
        if n_left_out and problem is file.problems[_MOST - 1]:
            message += f" (and {n_left_out} more lines)"
        yield RULE.at(file.span, message, data=DataLine(path=str(file.path), line=problem.line))
