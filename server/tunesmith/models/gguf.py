"""GGUF files of the user's own: a folder that can be tuned is made from each, once."""

from hashlib import sha256
from pathlib import Path

from tunesmith.models.cache import cache_root


def find_gguf(path: Path) -> Path | None:
    """The GGUF file that `path` is, or that it holds in place of other weights."""
    if path.suffix.lower() == ".gguf" and path.is_file():
        return path
    if not path.is_dir() or any(path.glob("*.safetensors")):
        return None
    found = list(path.glob("*.gguf"))
    return found[0] if len(found) == 1 else None


def converted_folder(gguf: Path) -> Path:
    """Where the folder made from a file lies; another file of the same name gets another one.

    Raises OSError.
    """
    path, stat = gguf.resolve(), gguf.stat()
    stamp = sha256(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}".encode()).hexdigest()
    return cache_root() / "models" / f"{path.stem}-{stamp[:12]}"
