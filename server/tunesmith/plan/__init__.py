"""From a prompt to a job: every default resolved, everything that can be refused refused here."""

import secrets
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tunesmith import __version__
from tunesmith.catalog.tasks import TASKS
from tunesmith.models.registry import resolve as resolve_model
from tunesmith.plan.again import fingerprint_of_model
from tunesmith.plan.data import DataFile, data_keys, data_spec, read_files
from tunesmith.plan.error import PlanError
from tunesmith.plan.options import resolve_job_options
from tunesmith.plan.prompts import prompt_spec, variant_specs
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.spec import DataSpec, JobSpec, ModelSpec, RunKind, Scalar

__all__ = ["PlanError", "RunRequest", "new_run_id", "plan_run", "training_options"]

VERBS: dict[RunKind, str] = {"train": "tune", "evaluate": "eval", "plan": "plan"}
"""The command that starts a run of each kind."""


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What a person asked for, beyond what the prompt says."""

    kind: RunKind = "train"
    overrides: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    """Options by name, in place of those in the prompt."""
    seed: int = 0
    shuffle_labels: bool = False
    model: str | None = None
    """In place of the base model; `run/ID` evaluates the adapter of a run."""


def plan_run(loaded: LoadedPrompt, workspace: Path, request: RunRequest) -> JobSpec:
    """The job for `request`.

    Reads the data once, for its labels and its fingerprint. Raises PlanError.
    """
    _check_task(loaded)
    keys = data_keys(loaded)
    files = read_files(keys, loaded.path.parent, workspace)
    # Before the model, which may have to be fetched first: rows can be mended meanwhile.
    written = {**loaded.extension.train, **request.overrides}
    skips = written.get("bad_rows") == "skip"
    data = data_spec(keys, files, loaded.extension.task, skips=skips)
    model = _model(request.model or loaded.extension.base, workspace)
    if request.kind != "evaluate" and model.adapter is not None:
        message = f"{model.name} is tuned already: name the model that it was tuned from"
        raise PlanError(message, key=("tunesmith.train", "base"))
    n_rows = _n_train(files)
    options = resolve_job_options(loaded, Path(model.path), request.overrides, n_rows)
    if request.kind != "evaluate":
        model = replace(model, quantised=options.method.quantised)
    train = dict(options.train)
    return JobSpec(
        run_id=new_run_id(loaded.path.name.removesuffix(".prompt")),
        kind=request.kind,
        workspace=str(workspace),
        prompt=prompt_spec(loaded, workspace),
        variants=() if request.kind == "evaluate" else variant_specs(loaded, workspace),
        data=data,
        model=model,
        task=loaded.extension.task,
        template="plain" if train.pop("template") == "plain" else "chat",
        chat_template_kwargs=dict(loaded.extension.chat_template_kwargs),
        method=options.method.name,
        train=train,
        sources=dict(options.sources),
        eval=dict(options.eval),
        seed=request.seed,
        shuffle_labels=request.shuffle_labels,
        command=_command(loaded.path, workspace, request),
        version=__version__,
    )


def training_options(loaded: LoadedPrompt, workspace: Path) -> dict[str, Scalar] | None:
    """Every option of `tunesmith.train`, resolved, and `method`; None where they cannot be."""
    try:
        model = _model(loaded.extension.base, workspace)
        options = resolve_job_options(loaded, Path(model.path), {})
    except PlanError:
        return None
    return {**options.train, "method": options.method.name}


def _n_train(files: Mapping[str, DataFile]) -> int:
    """About so many rows are trained on; which ones, the job decides."""
    share = 1.0
    share -= 0.0 if "validation" in files else DataSpec.validation_share
    share -= 0.0 if "test" in files else DataSpec.test_share
    return max(1, round(len(files["train"].table.rows) * share))


def new_run_id(name: str) -> str:
    """Readable, unique, and in the order of time when sorted."""
    safe = "".join(char if char.isalnum() and char.isascii() else "-" for char in name)
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{safe}-{secrets.token_hex(2)}"


def _check_task(loaded: LoadedPrompt) -> None:
    if loaded.extension.task not in TASKS:
        known = ", ".join(TASKS)
        message = (
            f'{loaded.path.name}: the task "{loaded.extension.task}" cannot be tuned, only {known}'
        )
        raise PlanError(message, key=("tunesmith.task",))


def _model(name: str, workspace: Path) -> ModelSpec:
    place = resolve_model(name, workspace=workspace)
    if place.spec is None:
        raise PlanError(place.problem or name, key=("tunesmith.train", "base"))
    return replace(place.spec, fingerprint=fingerprint_of_model(place.spec))


def _command(path: Path, workspace: Path, request: RunRequest) -> str:
    words = ["tunesmith", VERBS[request.kind], path.relative_to(workspace).as_posix()]
    if request.model:
        words += ["--model", request.model]
    if request.kind != "evaluate":
        words += ["--seed", str(request.seed)]
    for name, value in request.overrides.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    if request.shuffle_labels:
        words.append("--shuffle-labels")
    return shlex.join(words)
