"""Too few rows to tell one model from another.

A score from n rows has the interval of E. B. Wilson (1927). The smallest difference between two
models that McNemar's test finds with 80% power at the 5% level follows R. J. Connor, "Sample Size
for Testing Differences in Proportions for the Paired-Sample Design" (Biometrics 1987), where one
answer in five differs. Written-out answers are not scored right or wrong, so nothing is said there.

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
from math import sqrt

from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rule import Rule
from tunesmith.metrics.intervals import Z_95, wilson
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding
from tunesmith.wire.spec import DataSpec

RULE = Rule("eval-too-small", severity="information")
FEWEST_ROWS = 100
_Z_POWER = 0.8416212335729143
_DISCORDANT = 0.2
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


def smallest_difference(n_rows: int) -> float:
    """Between two shares of right answers, for McNemar's test to find it in 80% of cases.

    >>> round(smallest_difference(154), 3), round(smallest_difference(625), 3)
    (0.1, 0.05)
    """
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if _n_needed(middle) > n_rows else (low, middle)
    return high


def _n_needed(difference: float) -> float:
    # A difference takes at least as many answers that differ.
    discordant = max(_DISCORDANT, difference)
    spread = Z_95 * sqrt(discordant) + _Z_POWER * sqrt(discordant - difference**2)
    return (spread / difference) ** 2
