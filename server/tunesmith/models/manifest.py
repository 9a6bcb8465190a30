"""What a model folder of ours holds, and where it came from: `manifest.json`."""

from dataclasses import dataclass
from pathlib import Path

from tunesmith.download import file_sha256
from tunesmith.wire.codec import WireError, dumps, loads

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class FileEntry:
    """One file of the folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Enough to tell whether the folder is whole, and to make it again."""

    model: str
    source: str
    """Package and version that the weights came from."""
    source_sha256: str
    licence: str
    versions: dict[str, str]
    """Of the libraries that converted the weights."""
    files: tuple[FileEntry, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def list_files(folder: Path) -> tuple[FileEntry, ...]:
    """An entry for each file of a folder, the manifest apart. Raises OSError."""
    paths = sorted(path for path in folder.iterdir() if path.name != MANIFEST_NAME)
    return tuple(
        FileEntry(name=path.name, size=path.stat().st_size, sha256=file_sha256(path))
        for path in paths
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, readable to people too. Raises OSError."""
    (folder / MANIFEST_NAME).write_text(dumps(manifest) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest | None:
    """None where there is none, or not a readable one."""
    try:
        return loads(Manifest, (folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, WireError):
        return None


def first_damage(folder: Path, manifest: Manifest, *, thorough: bool) -> str | None:
    """What is wrong with the folder: by the sizes of its files, or, thorough, by their hashes."""
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            return f"{path} is missing"
        if path.stat().st_size != file.size or (thorough and file_sha256(path) != file.sha256):
            return f"{path} is not the file that was put there"
    return None
