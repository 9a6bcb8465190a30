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

from tunesmith.data.table import Row
from tunesmith.lint.blank import is_empty
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rows import Note, quoted
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("class-imbalance", severity="warning")
FEWEST_ROWS = 10
LARGEST_RATIO = 5
MOST_CLASSES = 1000
"""That are counted; more of them are free text rather than classes."""


def scan(loaded: LoadedPrompt, _facts: Facts) -> "_Classes | None":
    """Counts the classes of the training file."""
    keys, task = loaded.extension.data, loaded.extension.task
    if keys is None or keys.target is None or task != "classification":
        return None
    return _Classes(keys.target)


class _Classes:
    def __init__(self, target: str) -> None:
        self._target = self.key = target
        self._counts: Counter[str] = Counter()
        self._name = ""

    def row(self, file: DataFile, row: Row) -> None:
        label = row.values.get(self._target, "")
        if file.key == "train" and len(self._counts) <= MOST_CLASSES and not is_empty(label):
            self._name = file.path.name
            self._counts[label] += 1

    def notes(self) -> Iterator[Note]:
        if not self._counts:
            return
        if len(self._counts) > MOST_CLASSES:
            many = f"{self._name}: {self._target} has more than {MOST_CLASSES:,} different values"
            yield Note(key="train", message=f"{many}: name the column that holds the classes")
            return
        ranked = self._counts.most_common()
        (large, n_large), (small, n_small) = ranked[0], ranked[-1]
        sizes = f"{quoted(small)} has {_rows(n_small)}, {quoted(large)} has {n_large:,}"
        if len(ranked) == 1:
            same = f"every row of {self._name} has the {self._target} {quoted(large)}"
            yield Note(key="train", message=f"{same}: add another class", severity="error")
        elif n_small < FEWEST_ROWS:
            few = f"fewer than {FEWEST_ROWS} may leave none to test on"
            yield Note(key="train", message=f"{self._name}: {sizes}; {few}")
        elif n_large >= LARGEST_RATIO * n_small:
            judge = "judge the result by macro-F1, not by accuracy"
            yield Note(key="train", message=f"{self._name}: {sizes}; {judge}")


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"
