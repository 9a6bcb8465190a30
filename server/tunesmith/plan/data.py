"""The data of a job: read once, for its labels and its fingerprint."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tunesmith.data.fingerprint import fingerprint_of
from tunesmith.data.table import Row, Table, parse_table
from tunesmith.plan.error import PlanError
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.spec import DataSpec


def data_keys(loaded: LoadedPrompt) -> DataKeys:
    """`tunesmith.data`, once it names files and a target. Raises PlanError."""
    keys = loaded.extension.data
    name = loaded.path.name
    if keys is None or keys.train is None:
        raise PlanError(f'{name}: say what to train on: "tunesmith.data: {{train: FILE}}"')
    if keys.target is None:
        message = f'{name}: name the column to learn: "target: COLUMN" in tunesmith.data'
        raise PlanError(message, key=("tunesmith.data",))
    return keys


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """One file of `tunesmith.data`, read."""

    key: str
    path: Path
    content: bytes
    table: Table


def read_files(keys: DataKeys, folder: Path, workspace: Path) -> dict[str, DataFile]:
    """The files that `keys` name, by key. Raises PlanError."""
    named = {"train": keys.train, "validation": keys.validation, "test": keys.test}
    return {
        key: _read_file(key, folder / name, workspace)
        for key, name in named.items()
        if name is not None
    }


def _read_file(key: str, path: Path, workspace: Path) -> DataFile:
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
    return DataFile(key=key, path=path, content=content, table=table)


def _labels(keys: DataKeys, target: str, files: Mapping[str, DataFile]) -> tuple[str, ...]:
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


def _check_columns(file: DataFile, target: str, keys: DataKeys) -> None:
    columns = ", ".join(file.table.columns)
    if target not in file.table.columns:
        message = f'{file.path.name}: has no column "{target}"; it has {columns}'
        raise PlanError(message, key=("tunesmith.data", "target"))
    for column in keys.columns.values():
        if column not in file.table.columns:
            message = f'{file.path.name}: has no column "{column}"; it has {columns}'
            raise PlanError(message, key=("tunesmith.data", "columns"))


def _check_label(file: DataFile, row: Row, target: str, labels: tuple[str, ...] | None) -> None:
    label = row.text(target)
    where = f"{file.path.name}, line {row.line}"
    if not label.strip():
        raise PlanError(f"{where}: the {target} is empty", key=("tunesmith.data", file.key))
    if labels is not None and label not in labels:
        message = f'{where}: "{label}" is none of the labels {", ".join(labels)}'
        raise PlanError(message, key=("tunesmith.data", "labels"))


def data_spec(
    keys: DataKeys, files: Mapping[str, DataFile], task: str, workspace: Path
) -> DataSpec:
    """The data of a job. Raises PlanError."""
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
