"""Labels that the prompt never names.

A model that is told its choices wastes no probability on other words for the same thing (S.
Wiegreffe et al., "Increasing Probability Mass on Answer Choices Does Not Always Improve Accuracy",
EMNLP 2023: naming them nearly always raises that mass). Tuning teaches them too, but the untuned
model is then judged by words it could not know. Labels that are not declared are those of
sixty-four rows from all over the file; more than twenty are not expected to be listed.

Bad:
    ---
    tunesmith.task: classification
    tunesmith.data: {train: films.csv, target: label}
    ---
    How does the reviewer feel? {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.csv, target: label}
    ---
    Is this review positive or negative? {{review}}
    -- films.csv --
    review,label
    A fine film.,positive
    Dull.,negative
"""

import re
from collections.abc import Iterable, Iterator

from tunesmith.lint.blank import is_empty
from tunesmith.lint.facts import Facts
from tunesmith.lint.rows import listed, quoted
from tunesmith.lint.rule import Rule
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

RULE = Rule("labels-not-listed", severity="information")
_MOST_LABELS = 20
_MOST_SHOWN = 8


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """One finding, at the training file."""
    keys = loaded.extension.data
    train = next((file for file in facts.tables if file.key == "train"), None)
    if keys is None or train is None or loaded.extension.task != "classification":
        return
    found = [row.values.get(keys.target or "", "") for row in train.sample]
    labels = dict.fromkeys(keys.labels or (label for label in found if not is_empty(label)))
    said = _said(loaded)
    absent = [quoted(label) for label in _to_name(labels) if not _names(said, label)]
    if absent and len(labels) <= _MOST_LABELS:
        noun = "label" if len(absent) == 1 else "labels"
        shown = listed(absent, len(absent), _MOST_SHOWN)
        message = f"the prompt does not name the {noun} {shown}: list all that may be answered"
        yield RULE.at(train.span, message)


def _to_name(labels: Iterable[str]) -> list[str]:
    """Of a scale, such as one from 1 to 5, the ends are enough."""
    found = list(labels)
    if all(label.strip().isdecimal() for label in found):
        found.sort(key=int)
        return [*found[:1], *found[-1:]]
    return found


def _said(loaded: LoadedPrompt) -> str:
    """What a model reads, or is made to answer by."""
    prompt = loaded.prompt
    output = prompt.frontmatter.get("output") if prompt.frontmatter else None
    texts = [text.value for text in prompt.texts]
    schema = output.span.of(prompt.text) if output else ""
    return "\n".join((*texts, *loaded.partials.values(), schema)).casefold()


def _names(text: str, label: str) -> bool:
    """Whether a label stands in a text, not merely inside a longer word of its alphabet."""
    word = re.escape(label.casefold().strip())
    return re.search(rf"(?<![a-z0-9]){word}(?![a-z0-9])", text) is not None
