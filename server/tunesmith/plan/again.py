"""Doing a run again: from its own `spec.json`, whatever has become of the prompt since."""

from dataclasses import replace
from pathlib import Path

from tunesmith.data.fingerprint import fingerprint_of
from tunesmith.models.fingerprint import model_fingerprint
from tunesmith.plan.error import PlanError
from tunesmith.wire.events import Started
from tunesmith.wire.spec import JobSpec, ModelSpec


def repeat_of(spec: JobSpec, started: Started | None, run_id: str) -> JobSpec:
    """The same job under another id, computed as the first one was where it had `started`.

    Raises PlanError where its data or its model are no longer what they were.
    """
    refuse_changed(spec)
    again = replace(spec, run_id=run_id)
    if started is None:
        return again
    return replace(again, dtype=started.dtype, n_threads=started.n_threads)


def refuse_changed(spec: JobSpec) -> None:
    """Raise PlanError where data or model are no longer those that the run was asked for with."""
    data = spec.data
    names = [name for name in (data.train, data.validation, data.test) if name is not None]
    try:
        contents = [(Path(spec.workspace) / name).read_bytes() for name in names]
    except OSError as error:
        raise PlanError(f"{error.filename}: cannot be read ({error.strerror})") from error
    new = f"for a new run: {spec.command}"
    if fingerprint_of(contents) != data.fingerprint:
        files = " or ".join(dict.fromkeys(names))
        raise PlanError(f"{files} is no longer what it was when {spec.run_id} was started; {new}")
    if spec.model.fingerprint and fingerprint_of_model(spec.model) != spec.model.fingerprint:
        where = f"{spec.model.name} ({spec.model.path})"
        raise PlanError(f"{where} is no longer what it was when {spec.run_id} was started; {new}")


def fingerprint_of_model(model: ModelSpec) -> str:
    """By which the model is known again; empty where it cannot be read."""
    try:
        return model_fingerprint(*(Path(part) for part in (model.path, model.adapter) if part))
    except OSError:
        return ""
