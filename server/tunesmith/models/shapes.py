"""The shapes of a model's weights, from the heads of its files; no weight is read."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MAX_HEAD = 100_000_000
"""Bytes, as the format itself has it."""

Shape = tuple[int, ...]


def weight_shapes(folder: Path) -> dict[str, Shape]:
    """The shape of each weight in the safetensors files of a folder, by its name.

    Raises OSError, and ValueError for a file that is none.
    """
    return dict(pair for path in sorted(folder.glob("*.safetensors")) for pair in _read(path))


def _read(path: Path) -> Iterator[tuple[str, Shape]]:
    # https://huggingface.co/docs/safetensors: the length of the head in 8 bytes, then JSON.
    with path.open("rb") as file:
        size = file.read(8)
        n_bytes = struct.unpack("<Q", size)[0] if len(size) == 8 else 0
        if not 0 < n_bytes <= _MAX_HEAD:
            raise ValueError(f"{path} is no safetensors file")
        try:
            head: dict[str, Any] = json.loads(file.read(n_bytes))
            head.pop("__metadata__", None)
            for name, entry in head.items():
                yield name, tuple(abs(int(n)) for n in entry["shape"])
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{path} is no safetensors file: {error}") from error
