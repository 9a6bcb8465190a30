"""The labels of a classification as the model answers them, in tokens."""

from collections.abc import Iterable, Mapping, Sequence

from tunesmith.lint.facts import Facts, blame
from tunesmith.lint.lengths import Ids, n_shared_ids
from tunesmith.prompt.example import make_example
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.render import RenderError
from tunesmith.prompt.text import Span

_MOST_LABELS = 100


def labels_of(loaded: LoadedPrompt, facts: Facts) -> tuple[str, ...]:
    """The labels that are declared, else those of the sampled rows; empty where they are no few."""
    data = loaded.extension.data
    if data is None or data.target is None or loaded.extension.task != "classification":
        return ()
    rows = (row for file in facts.tables for row in file.sample)
    found = (row.values[data.target] for row in rows if data.target in row.values)
    labels = data.labels or tuple(dict.fromkeys(label for label in found if label.strip()))
    return labels if 2 <= len(labels) <= _MOST_LABELS else ()


def answer_ids(loaded: LoadedPrompt, facts: Facts, labels: Iterable[str]) -> dict[str, Ids]:
    """The tokens that tell each label from the others, in answer to a row of the data.

    Without what all answers begin or end with. Empty where a row cannot be encoded.
    """
    data, model = loaded.extension.data, facts.model
    row = next((row for file in facts.tables for row in file.sample), None)
    if data is None or data.target is None or model is None or row is None:
        return {}
    answers: dict[str, Ids] = {}
    for label in labels:
        try:
            example = make_example(loaded, data.values({**row.given, data.target: label}))
            encoded = model.encode(example.messages, example.target)
        except (RenderError, EncodeError):
            return {}
        answers[label] = encoded.ids[encoded.n_prompt :]
    return _apart(answers)


def label_place(loaded: LoadedPrompt) -> Span:
    """Where to say something about the labels."""
    data = loaded.extension.data
    key = "labels" if data and data.labels else "target"
    return blame(loaded.prompt, "tunesmith.data", key)


def _apart(answers: Mapping[str, Ids]) -> dict[str, Ids]:
    """The answers without their common start and end; of each, one token is left at least."""
    found = list(answers.values())
    n_start = _n_shared(found)
    found = [ids[n_start:] for ids in found]
    n_end = _n_shared([ids[::-1] for ids in found])
    return {label: ids[: len(ids) - n_end] for label, ids in zip(answers, found, strict=True)}


def _n_shared(sequences: Sequence[Ids]) -> int:
    if len(sequences) < 2:
        return 0
    return min(n_shared_ids(sequences), min(map(len, sequences)) - 1)
