"""The data of a job: read once, for its labels and its fingerprint."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tunesmith.data.faults import named, sift, told
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
    shown: str
    """That path, from the workspace."""
    content: bytes
    table: Table


def read_files(keys: DataKeys, folder: Path, workspace: Path) -> dict[str, DataFile]:
    """The files that `keys` name, by key. Raises PlanError."""
    named = {"train": keys.train, "validation": keys.validation, "test": keys.test}
    return {
        key: _read_file(key, folder / name, workspace, keys.target)
        for key, name in named.items()
        if name is not None
    }


def _read_file(key: str, path: Path, workspace: Path, target: str | None) -> DataFile:
    blame = ("tunesmith.data", key)
    try:
        path = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise PlanError(f"{path.name!r}: is no path ({error})", key=blame) from error
    if not path.is_relative_to(workspace):
        message = (
            f"{path}: lies outside the workspace {workspace}: move it in, or put an empty "
            "tunesmith.toml into a folder that holds both, which makes that one the workspace"
        )
        raise PlanError(message, key=blame)
    shown = path.relative_to(workspace).as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlanError(f"{shown}: cannot be read ({error.strerror})", key=blame) from error
    table = parse_table(path, content, target)
    if not table.rows:
        first = next(iter(table.problems), None)
        message = f", line {first.line}: {first.message}" if first else ": has no rows"
        raise PlanError(shown + message, key=blame)
    return DataFile(key=key, path=path, shown=shown, content=content, table=table)


def _labels(
    keys: DataKeys, target: str, files: Mapping[str, DataFile], *, skips: bool
) -> tuple[str, ...]:
    """The declared labels, else those of the rows that have one."""
    rows = {key: _usable(file, target, keys, skips=skips) for key, file in files.items()}
    found = {row.text(target) for row in rows["train"]}
    if len(found) < 2:
        message = (
            f"{files['train'].path.name}: every row has the same {target}, "
            f'"{found.pop()}"; two classes are needed'
        )
        raise PlanError(message, key=("tunesmith.data", "train"))
    if keys.labels is not None:
        return keys.labels
    return tuple(sorted({row.text(target) for used in rows.values() for row in used}))


def _usable(file: DataFile, target: str, keys: DataKeys, *, skips: bool) -> tuple[Row, ...]:
    """The rows that a job may use. Raises PlanError where others are not to be left out."""
    _check_columns(file, target, keys)
    rows, faults = sift(file.table, file.shown, target, keys.labels)
    is_label = all(fault.kind == "mislabelled" for fault in faults)
    blame = ("tunesmith.data", "labels" if is_label else file.key)
    if not rows:
        raise PlanError(f"{file.shown}: none of its rows can be used: {named(faults)}", key=blame)
    if faults and not skips:
        raise PlanError(told(faults), key=blame)
    return rows


def _check_columns(file: DataFile, target: str, keys: DataKeys) -> None:
    columns = ", ".join(file.table.columns)
    if target not in file.table.columns:
        message = f'{file.path.name}: has no column "{target}"; it has {columns}'
        raise PlanError(message, key=("tunesmith.data", "target"))
    for column in keys.columns.values():
        if column not in file.table.columns:
            message = f'{file.path.name}: has no column "{column}"; it has {columns}'
            raise PlanError(message, key=("tunesmith.data", "columns"))


def data_spec(keys: DataKeys, files: Mapping[str, DataFile], task: str, *, skips: bool) -> DataSpec:
    """The data of a job, which leaves out the rows that it cannot use if it `skips` them.

    Raises PlanError.
    """
    target = keys.target or ""
    paths = {key: file.shown for key, file in files.items()}
    return DataSpec(
        train=paths["train"],
        validation=paths.get("validation"),
        test=paths.get("test"),
        target=target,
        columns=dict(keys.columns),
        labels=_labels(keys, target, files, skips=skips) if task == "classification" else (),
        fingerprint=fingerprint_of(file.content for file in files.values()),
    )
