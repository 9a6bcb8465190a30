"""Every option of a job, resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import Method, methods
from tunesmith.catalog.options import OptionError, resolve_options
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.models.facts import read_facts, template_for
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
    loaded: LoadedPrompt, model: Path, overrides: Mapping[str, Scalar]
) -> JobOptions:
    """Settings of the prompt, under `overrides`, over the defaults for the model in a folder.

    Raises PlanError.
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
    except (OptionError, ValueError) as error:
        raise PlanError(f"{loaded.path.name}: {error}", key=("tunesmith.train",)) from error
    if "lr" not in written:
        train["lr"] = method.default_lr(facts.hidden_size, facts.family)
    return JobOptions(method=method, train=train, eval=resolved)
