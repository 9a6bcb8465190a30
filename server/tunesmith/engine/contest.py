"""The last part of a job: every model on the same rows, which are opened once."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from peft import PeftModel

from tunesmith.engine.baselines.base import Yardstick
from tunesmith.engine.baselines.majority import fit_majority
from tunesmith.engine.baselines.prompted import fit_prompted
from tunesmith.engine.baselines.tfidf import fit_tfidf
from tunesmith.engine.bench import Bench
from tunesmith.engine.evaluate import Prediction
from tunesmith.engine.models import LoadedModel
from tunesmith.metrics.mcnemar import count_flips
from tunesmith.wire.events import Evaluation, Split


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What every model made of the same rows."""

    evaluations: Mapping[str, Evaluation]
    """By model; `tuned` is there where there is an adapter."""
    p_value: float | None
    """Exact McNemar test of tuned against base."""


def hold_contest(bench: Bench, loaded: LoadedModel, split: Split) -> Contest:
    """Score the yardsticks, the base model and, where `loaded` has an adapter, the tuned one.

    Whatever a yardstick may choose, it chooses on validation before the rows of `split` are
    looked at. Raises Interrupted.
    """
    results: dict[str, list[Prediction]] = {}
    evaluations: dict[str, Evaluation] = {}

    def enter(model: str, predictions: list[Prediction], note: str = "") -> None:
        results[model] = predictions
        evaluations[model] = bench.score(model, split, predictions, note=note)

    def enter_yardstick(rival: Yardstick) -> None:
        watch = bench.board.live(rival.name, split)
        enter(rival.name, rival.predict(bench.material.examples[split], watch), rival.note)

    with as_base(loaded):
        majority, tfidf, prompted = _fit_yardsticks(bench, loaded)
        enter_yardstick(majority)
        enter_yardstick(tfidf)
        enter("base", bench.predict(loaded, split, bench.board.live("base", split)))
        enter_yardstick(prompted)
    if isinstance(loaded.model, PeftModel):
        enter("tuned", bench.predict(loaded, split, bench.board.live("tuned", split)))
    return Contest(evaluations=evaluations, p_value=_p_value(results))


def as_base(loaded: LoadedModel) -> AbstractContextManager[object]:
    """Inside, the model answers as if it had no adapter."""
    model = loaded.model
    return model.disable_adapter() if isinstance(model, PeftModel) else nullcontext()


def _fit_yardsticks(bench: Bench, loaded: LoadedModel) -> tuple[Yardstick, Yardstick, Yardstick]:
    labels, asker = bench.spec.data.labels, bench.material.asker
    train, validation = (bench.material.examples[split] for split in ("train", "validation"))
    return (
        fit_majority(train, labels),
        fit_tfidf(train, validation, labels, asker.input_text),
        fit_prompted(
            loaded, asker, train, validation, seed=bench.spec.seed, watch=bench.board.quiet()
        ),
    )


def _p_value(results: Mapping[str, Sequence[Prediction]]) -> float | None:
    if "tuned" not in results:
        return None
    targets = [prediction.target for prediction in results["base"]]
    base, tuned = (
        [prediction.predicted for prediction in results[model]] for model in ("base", "tuned")
    )
    return count_flips(targets, base, tuned).p_value
