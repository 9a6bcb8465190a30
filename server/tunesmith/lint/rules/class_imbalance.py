"""Classes that are too few, too small or too unequal to learn and to measure.

With one class there is nothing to learn, so that is an error. A class of fewer than ten rows may
have no test row at all, since ten at a time are dealt into the splits; and where one class is five
times as large as another, always answering with the large one looks like a good score.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    Fine.,positive
    Dull.,negative
Good:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label}
    ---
    Review: {{review}}
    -- films.csv --
    review,label
    a fine film,positive
    fine songs,positive
    fine acting,positive
    a fine plot,positive
    a fine end,positive
    fine scenes,positive
    so fine,positive
    fine views,positive
    fine jokes,positive
    fine throughout,positive
    a dull film,negative
    dull songs,negative
    dull acting,negative
    a dull plot,negative
    a dull end,negative
    dull scenes,negative
    so dull,negative
    dull views,negative
    dull jokes,negative
    dull throughout,negative
"""

from collections import Counter
from collections.abc import Iterator

from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("class-imbalance", severity="warning", where="data")
FEWEST_ROWS = 10
LARGEST_RATIO = 5


def check(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, where the prompt names the training file."""
    keys, task = loaded.extension.data, loaded.extension.task
    if keys is None or keys.target is None or task != "classification":
        return
    for file, table in facts.tables:
        if file.key == "train" and keys.target in table.columns and table.rows:
            counts = Counter(row.values[keys.target] for row in table.rows)
            yield from _judge(file, keys.target, counts)


def _judge(file: DataFile, target: str, counts: Counter[str]) -> Iterator[Finding]:
    ranked = counts.most_common()
    (large, n_large), (small, n_small) = ranked[0], ranked[-1]
    sizes = f'"{small}" has {_rows(n_small)}, "{large}" has {n_large:,}'
    if len(ranked) == 1:
        message = f'every row of {file.path.name} has the {target} "{large}": add another class'
        yield RULE.at(file.span, message, severity="error")
    elif n_small < FEWEST_ROWS:
        message = f"{file.path.name}: {sizes}; fewer than {FEWEST_ROWS} may leave none to test on"
        yield RULE.at(file.span, message)
    elif n_large >= LARGEST_RATIO * n_small:
        message = f"{file.path.name}: {sizes}; judge the result by macro-F1, not by accuracy"
        yield RULE.at(file.span, message)


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"
