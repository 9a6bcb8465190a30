"""The demo's last line, for programs."""

from collections.abc import Sequence

from tunesmith.cli.errors import CliError
from tunesmith.cli.table import fixed, scores_on_test
from tunesmith.wire.events import Event, Finished

ACCURACY = "accuracy"


def last_line(events: Sequence[Event], seconds: float) -> str:
    """`demo: base=0.61 .. seconds=171`: accuracies on test, the p-value of tuned against base.

    Raises CliError where the run did not measure one of them.
    """
    scores = {
        model: score.value
        for model, evaluation in scores_on_test(events).items()
        for score in evaluation.scores
        if score.metric == ACCURACY
    }
    n_rows = {evaluation.n_rows for evaluation in scores_on_test(events).values()}
    p_value = next((event.p_value for event in events if isinstance(event, Finished)), None)
    wanted = ("base", "prompted", "tfidf", "tuned")
    missing = [model for model in wanted if model not in scores]
    if missing or p_value is None or len(n_rows) != 1:
        raise CliError(
            f"the run has no complete test scores (missing: {', '.join(missing) or 'p-value'})",
            code=1,
        )
    numbers = " ".join(f"{model}={scores[model]:.4f}" for model in wanted)
    return f"demo: {numbers} n={n_rows.pop()} p={fixed(p_value)} seconds={seconds:.0f}"
