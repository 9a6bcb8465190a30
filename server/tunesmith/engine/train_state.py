"""Where training stands, on disk: all that it takes to go on as if nothing had happened.

The weights of the last look (not those of the best step), the optimizer's state and the state of
every random generator, as safetensors; and the loop's own Progress, as JSON.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from tunesmith.engine.checkpoint import (
    CheckpointError,
    best_folder,
    verify_checkpoint,
    write_whole,
)
from tunesmith.engine.progress import Progress
from tunesmith.wire.codec import WireError, dumps, loads

TENSORS = "training.safetensors"
PROGRESS = "progress.json"
PREFIX = "resume-"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A training state that is whole, and the best step's weights with it."""

    folder: Path
    progress: Progress


def save_state(
    checkpoints: Path,
    model: PreTrainedModel | PeftModel,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
) -> Path:
    """Write the state beside the earlier one, which is good until this one is whole; its folder.

    Raises CheckpointError where the disk refuses.
    """
    tensors = _tensors(model, optimizer)
    best = progress.best

    def write(folder: Path) -> None:
        save_file(tensors, folder / TENSORS)
        (folder / PROGRESS).write_text(dumps(progress) + "\n", encoding="utf-8")

    folder = checkpoints / f"{PREFIX}{progress.step}"
    n_bytes = sum(tensor.nbytes for tensor in tensors.values())
    write_whole(folder, write, step=progress.step, score=best.score, n_bytes=n_bytes)
    return folder


def find_state(checkpoints: Path) -> tuple[Standing | None, list[str]]:
    """The newest state from which training can go on, and what is wrong with newer ones."""
    problems: list[str] = []
    for folder in _newest_first(checkpoints):
        try:
            return _read(folder), problems
        except CheckpointError as error:
            problems.append(str(error))
    return None, problems


def restore_state(
    standing: Standing, model: PreTrainedModel | PeftModel, optimizer: torch.optim.Optimizer
) -> Progress:
    """Put weights, optimizer and random generators back. Raises CheckpointError."""
    path = standing.folder / TENSORS
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error
    weights = dict(_trained(model))
    if set(_under("weight", tensors)) != set(weights):
        raise CheckpointError(f"{path}: holds the weights of another model or method")
    with torch.no_grad():
        for name, tensor in _under("weight", tensors).items():
            weights[name].copy_(tensor)
    # Its settings are those of the run, with which it has just been made.
    settings = optimizer.state_dict()["param_groups"]
    state = _optimizer_state(_under("optimizer", tensors))
    optimizer.load_state_dict({"state": state, "param_groups": settings})
    torch.set_rng_state(tensors["random/cpu"])
    for index, tensor in _under("random/cuda", tensors).items():
        if int(index) < torch.cuda.device_count():
            torch.cuda.set_rng_state(tensor, int(index))
    return standing.progress


def _newest_first(checkpoints: Path) -> list[Path]:
    steps = {folder: folder.name.removeprefix(PREFIX) for folder in checkpoints.glob(f"{PREFIX}*")}
    numbered = [folder for folder, step in steps.items() if step.isdecimal()]
    return sorted(numbered, key=lambda folder: int(steps[folder]), reverse=True)


def _read(folder: Path) -> Standing:
    verify_checkpoint(folder)
    try:
        progress = loads(Progress, (folder / PROGRESS).read_text(encoding="utf-8"))
    except (OSError, WireError) as error:
        raise CheckpointError(f"{folder / PROGRESS}: cannot be read ({error})") from error
    # Where no later step is better, these are the weights that the run ends with.
    verify_checkpoint(best_folder(folder.parent, progress.best_step))
    return Standing(folder=folder, progress=progress)


def _tensors(
    model: PreTrainedModel | PeftModel, optimizer: torch.optim.Optimizer
) -> dict[str, torch.Tensor]:
    state: dict[int, dict[str, Any]] = optimizer.state_dict()["state"]
    named = {f"weight/{name}": weight for name, weight in _trained(model)}
    for index, values in state.items():
        named |= {f"optimizer/{index}/{key}": value for key, value in values.items()}
    named["random/cpu"] = torch.get_rng_state()
    for index, tensor in enumerate(torch.cuda.get_rng_state_all()):
        named[f"random/cuda/{index}"] = tensor
    return {name: tensor.detach().cpu().contiguous() for name, tensor in named.items()}


def _trained(model: PreTrainedModel | PeftModel) -> Iterator[tuple[str, torch.Tensor]]:
    """Each weight that learns, once, also where two layers share it."""
    return ((name, weight) for name, weight in model.named_parameters() if weight.requires_grad)


def _under(head: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    start = f"{head}/"
    return {
        name.removeprefix(start): tensor
        for name, tensor in tensors.items()
        if name.startswith(start)
    }


def _optimizer_state(tensors: Mapping[str, torch.Tensor]) -> dict[int, dict[str, torch.Tensor]]:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = tensor
    return state
