"""A row to be scored on that is written out in the prompt.

An example in the prompt comes with its answer, so that the score counts what was given away. Where
the tool takes the test rows out of the training file, a row of that file may become one: that is a
warning. Texts shorter than twenty characters are passed over, since they may stand there by chance.
An example is looked for in turns of user and model, in lines such as `Review: ..` and
`Answer: ..`, and before arrows, where there are two at least.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: test.csv, target: label}
    ---
    Review: I liked every minute of it.
    Answer: positive

    Review: The songs alone are worth it.
    Answer: positive

    Review: {{review}}
    -- films.csv --
    review,label
    Too long by half an hour.,negative
    -- test.csv --
    review,label
    I liked every minute of it.,positive
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, test: test.csv, target: label}
    ---
    Review: I liked every minute of it.
    Answer: positive

    Review: The songs alone are worth it.
    Answer: positive

    Review: {{review}}
    -- films.csv --
    review,label
    Too long by half an hour.,negative
    -- test.csv --
    review,label
    Nobody in it can sing.,negative
"""

from collections.abc import Iterator

from tunesmith.data.split import normalise
from tunesmith.data.stream import Row
from tunesmith.lint.columns import named_columns
from tunesmith.lint.demos import demos
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.row_counts import Count, RowCounts, Said
from tunesmith.lint.rows import quoted
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt

RULE = Rule("demo-in-eval", severity="error")
_FEWEST_BYTES = 20
"""In UTF-8, so that seven Chinese characters are enough."""


def scan(loaded: LoadedPrompt, _facts: Facts) -> RowCounts | None:
    """One note for each file, at the first such row."""
    keys = loaded.extension.data
    columns = named_columns(loaded)
    inputs = "\n".join(normalise(demo.input) for demo in demos(loaded.prompt))
    if keys is None or not columns or not inputs:
        return None
    is_cut = not (keys.test and keys.validation)

    def find(file: DataFile, row: Row) -> Iterator[tuple[str, str]]:
        if file.key == "train" and not is_cut:
            return
        for column in columns:
            value = row.values.get(column, "")
            # Most rows are longer than any example, and are seen to be none without more work.
            if len(value) <= 2 * len(inputs):
                text = normalise(value)
                if len(text.encode()) >= _FEWEST_BYTES and text in inputs:
                    yield "", value

    return RowCounts((columns, inputs, is_cut), find, _say)


def _say(count: Count) -> Said:
    shown = quoted(count.value)
    message = f"the prompt gives {count.rows} of {count.file.path.name} as an example ({shown})"
    if count.file.key == "train":
        advice = "take it out, or name files for validation and test that are without it"
        return Said(f"{message}, which may be dealt into the test: {advice}", "warning")
    return Said(f"{message}, with the answer: choose another one")
