"""What tells one model on disk from another, without reading gigabytes."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

WHOLE = 1 << 26
"""Files up to so many bytes count whole: settings, tokenizers, adapters."""
N_BLOCKS = 64
BLOCK = 1 << 16


def model_fingerprint(*folders: Path) -> str:
    """SHA-256 over the JSON, template and weight files; of large ones over blocks here and there.

    Training changes weights everywhere, so a model that was trained on has another fingerprint.
    Raises OSError.
    """
    digest = sha256()
    for folder in folders:
        for path in _files(folder):
            size = path.stat().st_size
            digest.update(f"{path.name} {size} ".encode())
            for block in _blocks(path, size):
                digest.update(block)
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    kinds = ("*.safetensors", "*.json", "*.jinja")
    return sorted(path for kind in kinds for path in folder.glob(kind) if path.is_file())


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    if size <= WHOLE:
        yield path.read_bytes()
        return
    with path.open("rb") as file:
        for number in range(N_BLOCKS):
            file.seek((size - BLOCK) * number // (N_BLOCKS - 1))
            yield file.read(BLOCK)
