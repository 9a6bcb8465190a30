"""From a prompt to a job: every default resolved, everything that can be refused refused here."""

import secrets
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tunesmith import __version__
from tunesmith.catalog.evaluation import EVALUATION_OPTIONS
from tunesmith.catalog.methods import Method, methods
from tunesmith.catalog.options import OptionError, resolve_options
from tunesmith.catalog.tasks import TASKS
from tunesmith.catalog.training import TRAINING_OPTIONS
from tunesmith.data.fingerprint import fingerprint_of
from tunesmith.data.table import Row, Table, parse_table
from tunesmith.models.facts import read_facts, template_for
from tunesmith.models.registry import resolve as resolve_model
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.hashes import render_hash, settings_hash
from tunesmith.wire.spec import DataSpec, JobSpec, ModelSpec, PromptSpec, RunKind, Scalar


class PlanError(Exception):
    """Why no job can be made, in words that say what to do."""

    def __init__(self, message: str, *, key: tuple[str, ...] = ()) -> None:
        """`key` is the frontmatter key to blame, such as `("tunesmith.data", "train")`."""
        super().__init__(message)
        self.key = key


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
    keys = _data_keys(loaded)
    files = _read_files(keys, loaded.path.parent, workspace)
    model = _model(request.model or loaded.extension.base, workspace)
    if request.kind == "train" and model.adapter is not None:
        message = f"{model.name} is tuned already: name the model that it was tuned from"
        raise PlanError(message, key=("tunesmith.train", "base"))
    method, train, evaluation = _options(loaded, Path(model.path), request)
    return JobSpec(
        run_id=new_run_id(loaded.path.name.removesuffix(".prompt")),
        kind=request.kind,
        workspace=str(workspace),
        prompt=_prompt_spec(loaded, workspace),
        data=_data_spec(keys, files, loaded.extension.task, workspace),
        model=model,
        task=loaded.extension.task,
        template="plain" if train.pop("template") == "plain" else "chat",
        chat_template_kwargs=dict(loaded.extension.chat_template_kwargs),
        method=method.name,
        train=train,
        eval=evaluation,
        seed=request.seed,
        shuffle_labels=request.shuffle_labels,
        command=_command(loaded.path, workspace, request),
        version=__version__,
    )


def training_options(loaded: LoadedPrompt, workspace: Path) -> dict[str, Scalar] | None:
    """Every option of `tunesmith.train`, resolved, and `method`; None where they cannot be."""
    try:
        model = _model(loaded.extension.base, workspace)
        method, train, _ = _options(loaded, Path(model.path), RunRequest())
    except PlanError:
        return None
    return {**train, "method": method.name}


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


def _data_keys(loaded: LoadedPrompt) -> DataKeys:
    keys = loaded.extension.data
    name = loaded.path.name
    if keys is None or keys.train is None:
        raise PlanError(f'{name}: say what to train on: "tunesmith.data: {{train: FILE}}"')
    if keys.target is None:
        message = f'{name}: name the column to learn: "target: COLUMN" in tunesmith.data'
        raise PlanError(message, key=("tunesmith.data",))
    return keys


@dataclass(frozen=True, kw_only=True)
class _DataFile:
    key: str
    path: Path
    content: bytes
    table: Table


def _read_files(keys: DataKeys, folder: Path, workspace: Path) -> dict[str, _DataFile]:
    named = {"train": keys.train, "validation": keys.validation, "test": keys.test}
    return {
        key: _read_file(key, folder / name, workspace)
        for key, name in named.items()
        if name is not None
    }


def _read_file(key: str, path: Path, workspace: Path) -> _DataFile:
    blame = ("tunesmith.data", key)
    try:
        path = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise PlanError(f"{path.name!r}: is no path ({error})", key=blame) from error
    if not path.is_relative_to(workspace):
        raise PlanError(f"{path}: lies outside the workspace {workspace}", key=blame)
    shown = path.relative_to(workspace).as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlanError(f"{shown}: cannot be read ({error.strerror})", key=blame) from error
    table = parse_table(path, content)
    if table.problems:
        first = table.problems[0]
        raise PlanError(f"{shown}, line {first.line}: {first.message}", key=blame)
    if not table.rows:
        raise PlanError(f"{shown}: has no rows", key=blame)
    return _DataFile(key=key, path=path, content=content, table=table)


def _labels(keys: DataKeys, target: str, files: Mapping[str, _DataFile]) -> tuple[str, ...]:
    """The declared labels, else those of the data, once every row is known to have one of them."""
    for file in files.values():
        _check_columns(file, target, keys)
        for row in file.table.rows:
            _check_label(file, row, target, keys.labels)
    found = {row.text(target) for row in files["train"].table.rows}
    if len(found) < 2:
        message = (
            f"{files['train'].path.name}: every row has the same {target}, "
            f'"{found.pop()}"; two classes are needed'
        )
        raise PlanError(message, key=("tunesmith.data", "train"))
    if keys.labels is not None:
        return keys.labels
    return tuple(sorted({row.text(target) for file in files.values() for row in file.table.rows}))


def _check_columns(file: _DataFile, target: str, keys: DataKeys) -> None:
    columns = ", ".join(file.table.columns)
    if target not in file.table.columns:
        message = f'{file.path.name}: has no column "{target}"; it has {columns}'
        raise PlanError(message, key=("tunesmith.data", "target"))
    for column in keys.columns.values():
        if column not in file.table.columns:
            message = f'{file.path.name}: has no column "{column}"; it has {columns}'
            raise PlanError(message, key=("tunesmith.data", "columns"))


def _check_label(file: _DataFile, row: Row, target: str, labels: tuple[str, ...] | None) -> None:
    label = row.text(target)
    where = f"{file.path.name}, line {row.line}"
    if not label.strip():
        raise PlanError(f"{where}: the {target} is empty", key=("tunesmith.data", file.key))
    if labels is not None and label not in labels:
        message = f'{where}: "{label}" is none of the labels {", ".join(labels)}'
        raise PlanError(message, key=("tunesmith.data", "labels"))


def _data_spec(
    keys: DataKeys, files: Mapping[str, _DataFile], task: str, workspace: Path
) -> DataSpec:
    target = keys.target or ""
    paths = {key: file.path.relative_to(workspace).as_posix() for key, file in files.items()}
    return DataSpec(
        train=paths["train"],
        validation=paths.get("validation"),
        test=paths.get("test"),
        target=target,
        columns=dict(keys.columns),
        labels=_labels(keys, target, files) if task == "classification" else (),
        fingerprint=fingerprint_of(file.content for file in files.values()),
    )


def _model(name: str, workspace: Path) -> ModelSpec:
    place = resolve_model(name, workspace=workspace)
    if place.spec is None:
        raise PlanError(place.problem or name, key=("tunesmith.train", "base"))
    return place.spec


def _options(
    loaded: LoadedPrompt, model: Path, request: RunRequest
) -> tuple[Method, dict[str, Scalar], dict[str, Scalar]]:
    written = {**loaded.extension.train, **request.overrides}
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
    return method, train, resolved


def _prompt_spec(loaded: LoadedPrompt, workspace: Path) -> PromptSpec:
    return PromptSpec(
        path=loaded.path.relative_to(workspace).as_posix(),
        text=loaded.prompt.text,
        partials=dict(loaded.partials),
        defaults=dict(loaded.prompt.defaults),
        render_hash=render_hash(loaded.prompt, loaded.partials),
        settings_hash=settings_hash(loaded.extension),
    )


def _command(path: Path, workspace: Path, request: RunRequest) -> str:
    verb = "tune" if request.kind == "train" else "eval"
    words = ["tunesmith", verb, path.relative_to(workspace).as_posix()]
    if request.model:
        words += ["--model", request.model]
    if request.kind == "train":
        words += ["--seed", str(request.seed)]
    for name, value in request.overrides.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    if request.shuffle_labels:
        words.append("--shuffle-labels")
    return shlex.join(words)
