"""The scores of a run on its test rows: the tuned model never without what it has to beat."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich import box
from rich.table import Table

from tunesmith.metrics.mcnemar import count_flips
from tunesmith.wire.events import MODEL_NAMES, Evaluation, Event, Row


def shown_scores(evaluation: Evaluation) -> list[str]:
    """Each score with its interval, such as `accuracy 0.840 [0.780, 0.890]`."""
    return [
        f"{score.metric} {score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"
        for score in evaluation.scores
    ]


def fixed(p_value: float) -> str:
    """A probability to three digits and without an exponent, for people and programs alike.

    >>> fixed(0.00000012), fixed(0.25), fixed(1.0), fixed(1e-20)
    ('0.00000012', '0.25', '1', '0.00000000000000000001')
    """
    plain = f"{Decimal(f'{p_value:.3g}'):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def scores_on_test(events: Iterable[Event]) -> dict[str, Evaluation]:
    """Model to its evaluation on the test split, in the order of the table."""
    found = {
        event.model: event
        for event in events
        if isinstance(event, Evaluation) and event.split == "test"
    }
    return {model: found[model] for model in MODEL_NAMES if model in found}


def p_values(events: Iterable[Event]) -> dict[str, float]:
    """Model to the p-value of the exact McNemar test of the tuned model against it."""
    rows: dict[str, dict[str, Row]] = {}
    for event in events:
        if isinstance(event, Row) and event.split == "test":
            rows.setdefault(event.model, {})[event.row_id] = event
    tuned = rows.pop("tuned", {})
    return {model: _p_value(other, tuned) for model, other in rows.items() if tuned}


def score_table(events: Sequence[Event]) -> Table:
    """One line for each model, every number with its 95% interval."""
    scores, against = scores_on_test(events), p_values(events)
    table = Table(
        box=box.SIMPLE,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        title="Test rows; 95% intervals; p: the tuned model against this one",
        title_justify="left",
    )
    table.add_column("model", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    metrics = next((evaluation.scores for evaluation in scores.values()), ())
    for score in metrics:
        table.add_column(score.metric, no_wrap=True)
    table.add_column("p", no_wrap=True)
    for model, evaluation in scores.items():
        table.add_row(
            MODEL_NAMES[model],
            str(evaluation.n_rows),
            *(
                f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"
                for score in evaluation.scores
            ),
            f"{against[model]:.2g}" if model in against else "",
        )
    return table


def _p_value(first: dict[str, Row], tuned: dict[str, Row]) -> float:
    shared = [row_id for row_id in tuned if row_id in first]
    return count_flips(
        [tuned[row_id].target for row_id in shared],
        [first[row_id].predicted for row_id in shared],
        [tuned[row_id].predicted for row_id in shared],
    ).p_value
