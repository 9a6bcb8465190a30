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

RULE = Rule("broken-row", severity="error", where="data")
_MOST = 20


def check(_loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding for each such line, where the prompt names the file."""
    for file in facts.data:
        if file.fault:
            yield RULE.at(file.span, f"{file.path.name} cannot be read: {file.fault}")
        elif file.table and file.table.problems:
            yield from _problems(file)
        elif file.table and not file.table.rows:
            line = DataLine(path=str(file.path), line=1)
            yield RULE.at(file.span, "this file has no rows: add some", data=line)


def _problems(file: DataFile) -> Iterator[Finding]:
    problems = file.table.problems if file.table else ()
    n_left_out = max(0, len(problems) - _MOST)
    for problem in problems[:_MOST]:
        message = problem.message
        if n_left_out and problem is problems[_MOST - 1]:
            message += f" (and {n_left_out} more lines)"
        yield RULE.at(file.span, message, data=DataLine(path=str(file.path), line=problem.line))
