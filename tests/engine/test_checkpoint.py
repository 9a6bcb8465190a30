"""Checkpoints: whole or not there, and known again."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch

from small_disk import small_disk
from tiny import write_tiny_model
from tunesmith.engine.checkpoint import (
    CheckpointError,
    keep_only,
    publish,
    save_checkpoint,
    verify_checkpoint,
)
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import load_model


@pytest.fixture
def model(tmp_path):
    base = load_model(write_tiny_model(tmp_path / "tiny"), "cpu", dtype=torch.float32).base
    return tuning_methods()["lora"].attach(base, {"rank": 2, "alpha": 32.0, "dropout": 0.0})


def test_a_checkpoint_names_its_step_and_its_files(model, tmp_path):
    folder = tmp_path / "checkpoints" / "step-4"

    save_checkpoint(model, folder, step=4, score=0.75)

    manifest = verify_checkpoint(folder)
    assert (manifest.step, manifest.score) == (4, 0.75)
    assert sorted(manifest.sha256) == ["adapter_config.json", "adapter_model.safetensors"]
    assert [path.name for path in folder.parent.iterdir()] == ["step-4"]


def test_a_changed_bit_is_found(model, tmp_path):
    folder = tmp_path / "checkpoints" / "step-4"
    save_checkpoint(model, folder, step=4, score=0.75)
    weights = folder / "adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)

    with pytest.raises(CheckpointError, match=r"adapter_model\.safetensors: is not what was"):
        verify_checkpoint(folder)


def test_a_missing_file_is_found(model, tmp_path):
    folder = tmp_path / "checkpoints" / "step-4"
    save_checkpoint(model, folder, step=4, score=0.75)
    (folder / "adapter_config.json").unlink()

    with pytest.raises(CheckpointError, match="not a whole checkpoint"):
        verify_checkpoint(folder)


def test_a_full_disk_leaves_the_earlier_checkpoint_and_no_part_of_the_new_one(model, tmp_path):
    earlier, later = tmp_path / "checkpoints" / "step-4", tmp_path / "checkpoints" / "step-8"
    save_checkpoint(model, earlier, step=4, score=0.75)

    with pytest.raises(CheckpointError, match="step-8: cannot be written"), small_disk():
        save_checkpoint(model, later, step=8, score=0.8)

    assert verify_checkpoint(earlier).step == 4
    assert [path.name for path in earlier.parent.iterdir()] == ["step-4"]


def test_a_full_disk_leaves_the_published_adapter(model, tmp_path):
    first, second, adapter = (
        tmp_path / "c" / "step-4",
        tmp_path / "c" / "step-8",
        tmp_path / "adapter",
    )
    save_checkpoint(model, first, step=4, score=0.75)
    save_checkpoint(model, second, step=8, score=0.8)
    publish(first, adapter)

    with pytest.raises(CheckpointError, match="adapter: cannot be written"), small_disk():
        publish(second, adapter)

    assert verify_checkpoint(adapter).step == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "c", "tiny"]


def test_a_disk_without_room_is_not_even_begun_with(model, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9, 100))

    with pytest.raises(CheckpointError, match="0 MB are needed and 0 MB are free"):
        save_checkpoint(model, tmp_path / "checkpoints" / "step-4", step=4, score=0.75)

    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_a_step_that_is_done_again_takes_its_own_place(model, tmp_path):
    folder = tmp_path / "checkpoints" / "step-4"
    save_checkpoint(model, folder, step=4, score=0.75)

    save_checkpoint(model, folder, step=4, score=0.8)

    assert verify_checkpoint(folder).score == 0.8


def test_an_adapter_is_published_over_what_a_dead_job_left(model, tmp_path):
    first, adapter = tmp_path / "c" / "step-4", tmp_path / "adapter"
    save_checkpoint(model, first, step=4, score=0.75)
    publish(first, adapter)
    shutil.copytree(adapter, tmp_path / ".adapter.old")
    shutil.copytree(adapter, tmp_path / ".adapter.new")

    publish(first, adapter)

    assert verify_checkpoint(adapter).step == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "c", "tiny"]


def test_an_adapter_that_cannot_be_replaced_is_put_back(model, tmp_path, monkeypatch):
    first, second, adapter = (
        tmp_path / "c" / "step-4",
        tmp_path / "c" / "step-8",
        tmp_path / "adapter",
    )
    save_checkpoint(model, first, step=4, score=0.75)
    save_checkpoint(model, second, step=8, score=0.8)
    publish(first, adapter)
    rename = Path.rename

    def refuse_new(path, target):
        if path.name == ".adapter.new":
            raise OSError("refused")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(CheckpointError, match="refused"):
        publish(second, adapter)

    assert verify_checkpoint(adapter).step == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "c", "tiny"]


def test_only_the_best_is_kept_and_published(model, tmp_path):
    folder, adapter = tmp_path / "checkpoints", tmp_path / "adapter"
    for step in (4, 8):
        save_checkpoint(model, folder / f"step-{step}", step=step, score=0.5)
        publish(folder / f"step-{step}", adapter)
        keep_only(folder, folder / f"step-{step}")

    assert [path.name for path in folder.iterdir()] == ["step-8"]
    assert verify_checkpoint(adapter).step == 8
