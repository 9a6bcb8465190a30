"""Every option of a job, resolved."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tunesmith.catalog.defaults import Default, for_few_steps, size_defaults
from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import Method, methods
from tunesmith.catalog.options import OptionError, resolve_options
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.models.facts import ModelFacts, read_facts, template_for
from tunesmith.plan.error import PlanError
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.spec import Scalar


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """What a job does, down to the last number."""

    method: Method
    train: Mapping[str, Scalar]
    """Options of the method and of the loop."""
    eval: Mapping[str, Scalar]
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where a default of `train` comes from, in words, by its name."""


def resolve_job_options(
    loaded: LoadedPrompt,
    model: Path,
    overrides: Mapping[str, Scalar],
    n_rows: int | None = None,
) -> JobOptions:
    """Settings of the prompt, under `overrides`, over the defaults for the model in a folder.

    `n_rows` are the rows left to train on, as far as they are known. Raises PlanError.
    """
    written = {**loaded.extension.train, **overrides}
    name = str(written.pop("method", "lora"))
    written.pop("base", None)
    method = methods().get(name)
    if method is None:
        known = ", ".join(methods())
        message = f'no method is called "{name}"; there are {known}'
        raise PlanError(message, key=("tunesmith.train", "method"))
    evaluation = dict(loaded.extension.eval)
    for key in [option.name for option in EVALUATION_OPTIONS if option.name in written]:
        evaluation[key] = written.pop(key)
    try:
        train = resolve_options((*TRAINING_OPTIONS, *method.options), written)
        resolved = resolve_options(EVALUATION_OPTIONS, evaluation)
        facts = read_facts(model)
        train["template"] = template_for(train["template"], facts)
    except OptionError as error:
        where = "--set" if error.key in overrides else loaded.path.name
        raise PlanError(f"{where}: {error}", key=("tunesmith.train",)) from error
    except ValueError as error:
        raise PlanError(f"{loaded.path.name}: {error}", key=("tunesmith.train",)) from error
    found = _sized_defaults(method, facts, train, written, n_rows)
    unset = [name for name in (*train, *resolved) if name not in (*written, *evaluation)]
    sources = dict.fromkeys(unset, "default")
    if "method" not in {**loaded.extension.train, **overrides}:
        sources["method"] = "default"
    return JobOptions(
        method=method,
        train=train | {name: default.value for name, default in found.items()},
        eval=resolved,
        sources=sources | {name: default.source for name, default in found.items()},
    )


def _sized_defaults(
    method: Method,
    facts: ModelFacts,
    train: Mapping[str, Scalar],
    written: Mapping[str, object],
    n_rows: int | None,
) -> dict[str, Default]:
    """The options that follow from the method and the model, where nobody has set them."""
    found = {
        name: default
        for name, default in size_defaults(facts.hidden_size).items()
        if name in train and name not in written
    }
    if "lr" not in written:
        rate = method.default_lr(facts.hidden_size, facts.family)
        is_lora = any(option.name == "rank" for option in method.options)
        if is_lora and n_rows is not None:
            chosen = {**train, **{name: default.value for name, default in found.items()}}
            rate = for_few_steps(rate, n_steps(chosen, n_rows))
        found["lr"] = rate
    return found


def n_steps(train: Mapping[str, Scalar], n_rows: int) -> int:
    """Steps of a run on so many rows, or on the most that its options allow."""
    used = min(n_rows, int(train["max_rows"]) or n_rows)
    return int(train["epochs"]) * math.ceil(used / int(train["batch_size"]))
