"""Too few rows to tell one model from another.

A score from n rows has the interval of E. B. Wilson (1927). The smallest difference between two
models is the one that McNemar's test finds with 80% power at the 5% level (R. J. Connor,
Biometrics 1987). Written-out answers are not scored right or wrong, so nothing is said there.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, test: test.csv, target: label}
    ---
    Positive or negative? {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
    -- test.csv --
    review,label
    Well played.,positive
    Too long by far.,negative
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    A headline for this review: {{review}}
    -- films.csv --
    review,label
    A fine film.,All is well
    Dull.,Stay at home
"""

from collections.abc import Iterator

from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rule import Rule
from tunesmith.metrics.detectable import smallest_difference
from tunesmith.metrics.intervals import wilson
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding
from tunesmith.wire.spec import DataSpec

RULE = Rule("eval-too-small", severity="information")
FEWEST_ROWS = 100
_TYPICAL = 0.8


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding, about the rows that the last word is spoken on."""
    if loaded.extension.task != "classification":
        return
    files = {file.key: file for file in facts.tables}
    file = files.get("test", files.get("train"))
    n_rows = _n_test(file) if file else 0
    if file and 0 < n_rows < FEWEST_ROWS:
        yield RULE.at(file.span, f"{_rows(file, n_rows)}: {_limits(n_rows)}")


def _n_test(file: DataFile) -> int:
    return file.n_rows if file.key == "test" else round(file.n_rows * DataSpec.test_share)


def _rows(file: DataFile, n_rows: int) -> str:
    rows = "1 row" if n_rows == 1 else f"{n_rows} rows"
    if file.key == "test":
        return f"{file.path.name} has {rows}"
    return f"about {rows} of {file.path.name} will be the test"


def _limits(n_rows: int) -> str:
    low, high = wilson(round(_TYPICAL * n_rows), n_rows)
    half, least = 50 * (high - low), 100 * smallest_difference(n_rows)
    return (
        f"a score of {_TYPICAL:.0%} is then known to {half:.0f} points either way, and two models "
        f"that are less than {least:.0f} points apart look the same; {FEWEST_ROWS} are better"
    )
