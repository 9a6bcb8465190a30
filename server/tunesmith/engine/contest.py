"""The last part of a job: every model on the same rows, which are opened once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from peft import PeftModel

from tunesmith.engine.baselines.base import Yardstick
from tunesmith.engine.baselines.majority import fit_majority
from tunesmith.engine.baselines.prompted import fit_prompted
from tunesmith.engine.baselines.tfidf import fit_tfidf
from tunesmith.engine.bench import Bench
from tunesmith.engine.evaluate import Prediction
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.metrics.mcnemar import count_flips
from tunesmith.wire.events import MODEL_NAMES, Evaluation, Split, Warned
from tunesmith.wire.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What every model made of the same rows."""

    evaluations: Mapping[str, Evaluation]
    """By model; `tuned` is there where there is an adapter."""
    p_value: float | None
    """Exact McNemar test of tuned against base; None on rows that choices were made on."""


def fit_simple(bench: Bench) -> list[Yardstick]:
    """The yardsticks that need no language model. Raises Interrupted."""
    labels, asker = bench.spec.data.labels, bench.material.asker
    train, validation = (bench.material.examples[split] for split in ("train", "validation"))
    watch = bench.board.quiet()
    return [
        *_fitted(bench, "majority", lambda: fit_majority(train, labels)),
        *_fitted(
            bench, "tfidf", lambda: fit_tfidf(train, validation, labels, asker.input_text, watch)
        ),
    ]


def hold_contest(
    bench: Bench, loaded: LoadedModel, simple: Sequence[Yardstick], split: Split
) -> Contest:
    """Score the yardsticks, the base model and, where `loaded` has an adapter, the tuned one.

    Whatever a yardstick may choose, it chooses on validation. On test its rows are then new to
    it; on validation they are not, and no p-value is given. Raises Interrupted.
    """
    results: dict[str, list[Prediction]] = {}
    evaluations: dict[str, Evaluation] = {}

    def enter(model: str, predictions: list[Prediction], note: str = "") -> None:
        results[model] = predictions
        evaluations[model] = bench.score(model, split, predictions, note=note)

    def enter_yardstick(rival: Yardstick) -> None:
        watch = bench.board.live(rival.name, split)
        enter(rival.name, rival.predict(bench.material.examples[split], watch), rival.note)

    with as_base(loaded, bench.spec.model) as base:
        prompted = _fitted(bench, "prompted", lambda: _fit_prompted(bench, base))
        for rival in simple:
            enter_yardstick(rival)
        note = "in 4 bits, as it is tuned" if bench.spec.model.quantised else ""
        enter("base", bench.predict(base, split, bench.board.live("base", split)), note)
        for rival in prompted:
            enter_yardstick(rival)
    if loaded.is_tuned:
        enter("tuned", bench.predict(loaded, split, bench.board.live("tuned", split)))
    return Contest(evaluations=evaluations, p_value=_p_value(results, split))


@contextmanager
def as_base(loaded: LoadedModel, spec: ModelSpec) -> Iterator[LoadedModel]:
    """The model as it was before it was tuned, in the same precision; `spec` says where it lies."""
    model = loaded.model
    if not isinstance(model, PeftModel):
        # The tuned weights took the place of the base model's, so those are read again.
        untuned = replace(spec, adapter=None)
        device, dtype = str(loaded.device), model.dtype
        yield load_model(untuned, device, dtype=dtype) if loaded.is_tuned else loaded
    elif model.active_peft_config.is_prompt_learning:
        # What was learned stands in front of a model that is as it was.
        yield LoadedModel(model=loaded.base, device=loaded.device)
    else:
        with model.disable_adapter():
            yield loaded


def _fitted(bench: Bench, name: str, fit: Callable[[], Yardstick]) -> list[Yardstick]:
    """The yardstick; none, with a warning, where these rows do not let it be fitted."""
    try:
        return [fit()]
    except ValueError as error:
        message = f"{MODEL_NAMES[name]} is left out: it cannot be fitted on these rows ({error})"
        bench.reporter.emit(Warned(message=message))
        return []


def _fit_prompted(bench: Bench, loaded: LoadedModel) -> Yardstick:
    material = bench.material
    return fit_prompted(
        loaded,
        material.asker,
        material.examples["train"],
        material.examples["validation"],
        seed=bench.spec.seed,
        watch=bench.board.quiet(),
    )


def _p_value(results: Mapping[str, Sequence[Prediction]], split: Split) -> float | None:
    if "tuned" not in results or split != "test":
        return None
    targets = [prediction.target for prediction in results["base"]]
    base, tuned = (
        [prediction.predicted for prediction in results[model]] for model in ("base", "tuned")
    )
    return count_flips(targets, base, tuned).p_value
