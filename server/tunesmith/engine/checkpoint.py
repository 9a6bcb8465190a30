"""Weights on disk, whole or not at all."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from peft import PeftModel, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import PreTrainedModel

from tunesmith.download import file_sha256
from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.run_dir import write_atomically

MANIFEST = "manifest.json"
ADAPTER = "adapter_model.safetensors"


class CheckpointError(Exception):
    """A checkpoint could not be written, or is not what was written."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What belongs to a checkpoint; written last, so that its presence means completeness."""

    step: int
    score: float
    """Of the metric that decides, on validation."""
    sha256: dict[str, str]
    """Hash of each file, by name."""


def best_folder(checkpoints: Path, step: int) -> Path:
    """Where the weights of a step lie that was the best so far."""
    return checkpoints / f"step-{step}"


def save_checkpoint(
    model: PreTrainedModel | PeftModel, folder: Path, *, step: int, score: float
) -> None:
    """Write the adapter, or the whole model where it has none.

    Raises CheckpointError where the disk refuses; what was there before is untouched.
    """
    n_bytes = sum(weight.nbytes for weight in model.parameters() if weight.requires_grad)
    write_whole(folder, partial(_save, model), step=step, score=score, n_bytes=n_bytes)


def write_whole(
    folder: Path, write: Callable[[Path], None], *, step: int, score: float, n_bytes: int
) -> None:
    """Have `write` fill a folder of about `n_bytes`; a crash leaves the whole of it or nothing.

    Raises CheckpointError where the disk refuses, or where it has no room to begin with.
    """
    temporary = folder.with_name(f".{folder.name}.tmp")
    try:
        folder.parent.mkdir(exist_ok=True)
        shutil.rmtree(temporary, ignore_errors=True)
        _refuse_without_room(folder.parent, n_bytes)
        temporary.mkdir()
        write(temporary)
        _seal(temporary, step=step, score=score)
        # A step that is done again, after a crash, left this behind the first time.
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
        _sync(folder.parent)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise CheckpointError(f"{folder}: cannot be written ({error})") from error


def restore_checkpoint(model: PreTrainedModel | PeftModel, folder: Path) -> None:
    """Put the weights of a checkpoint into the model that wrote it. Raises CheckpointError."""
    verify_checkpoint(folder)
    if isinstance(model, PeftModel):
        set_peft_model_state_dict(model, load_file(folder / ADAPTER))
        if model.active_peft_config.is_prompt_learning:
            # What a network made of the virtual tokens is written, and the network is not.
            model.active_peft_config.inference_mode = True
        return
    saved = type(model).from_pretrained(folder, dtype=model.dtype, local_files_only=True)
    model.load_state_dict(saved.state_dict())


def _save(model: PreTrainedModel | PeftModel, folder: Path) -> None:
    if isinstance(model, PeftModel):
        model.save_pretrained(str(folder), save_embedding_layers=False)
    else:
        model.save_pretrained(str(folder))
    # PEFT's model card is a form with nothing filled in.
    (folder / "README.md").unlink(missing_ok=True)


def verify_checkpoint(folder: Path) -> Manifest:
    """The manifest of a checkpoint whose files are those that were written.

    Raises CheckpointError naming the file that is missing or changed.
    """
    try:
        manifest = loads(Manifest, (folder / MANIFEST).read_text(encoding="utf-8"))
        for name, sha256 in manifest.sha256.items():
            if file_sha256(folder / name) != sha256:
                raise CheckpointError(f"{folder / name}: is not what was written there")
    except (OSError, UnicodeDecodeError, WireError) as error:
        raise CheckpointError(f"{folder}: not a whole checkpoint ({error})") from error
    return manifest


def publish(checkpoint: Path, adapter: Path) -> None:
    """Copy a checkpoint to where the run's adapter is looked for.

    Raises CheckpointError where the disk refuses; the adapter that was there is then still there.
    """
    new, old = (adapter.with_name(f".{adapter.name}.{word}") for word in ("new", "old"))
    shutil.rmtree(new, ignore_errors=True)
    try:
        _refuse_without_room(
            adapter.parent, sum(file.stat().st_size for file in _files(checkpoint))
        )
        shutil.copytree(checkpoint, new)
        for file in _files(new):
            _sync(file)
        _exchange(adapter, new, old)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise CheckpointError(f"{adapter}: cannot be written ({error})") from error
    shutil.rmtree(old, ignore_errors=True)


def _exchange(adapter: Path, new: Path, old: Path) -> None:
    # A folder that is not empty cannot be renamed over, so the old one steps aside first.
    if adapter.exists():
        shutil.rmtree(old, ignore_errors=True)
        adapter.rename(old)
    try:
        new.rename(adapter)
    except OSError:
        if old.exists():
            old.rename(adapter)
        raise
    _sync(adapter.parent)


def keep_only(checkpoints: Path, *kept: Path) -> None:
    """Remove all of a folder but what is kept."""
    for folder in checkpoints.iterdir():
        if folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _seal(folder: Path, *, step: int, score: float) -> None:
    hashes: dict[str, str] = {}
    for path in _files(folder):
        _sync(path)
        hashes[path.name] = file_sha256(path)
    manifest = Manifest(step=step, score=score, sha256=hashes)
    write_atomically(folder / MANIFEST, dumps(manifest) + "\n")
    _sync(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _refuse_without_room(folder: Path, n_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        room = f"{n_bytes / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free"
        raise OSError(errno.ENOSPC, room)


def _sync(path: Path) -> None:
    """Make sure that a file, or the list of a folder's files, is on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
