"""A folder that a process of the engine's own writes: there whole in the end, or not at all."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tunesmith.cli.errors import CliError
from tunesmith.settings import read_settings
from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.export import NotWritten, Written

if TYPE_CHECKING:
    from tunesmith.wire.export import EjectRun, ExportRun


def new_folder(path: Path) -> Path:
    """Where a folder is to be made: absolute, and new or empty. Raises CliError."""
    folder = path.expanduser().absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CliError(f"{folder} is there already: name a folder that is new or empty")
    except OSError as error:
        raise CliError(f"{folder} cannot be used: {error.strerror}") from error
    return folder


def write_folder(
    folder: Path, module: str, request: "Callable[[str], ExportRun | EjectRun]"
) -> Written:
    """Have `python -m tunesmith.engine.MODULE` do the request for the path that it is given.

    Raises CliError, and then nothing is left behind.
    """
    # Made beside its place and renamed at the end: whatever ends us, no half of it is seen.
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tunesmith-") as temporary:
            made = Path(temporary) / "made"
            written = _ask(module, request(str(made)))
            if folder.exists():
                folder.rmdir()
            made.rename(folder)
    except OSError as error:
        raise CliError(f"{folder} cannot be written: {error.strerror}", code=1) from error
    return written


def _ask(module: str, request: "ExportRun | EjectRun") -> Written:
    # -P: nothing is imported from the folder that a person happens to be in.
    command = [read_settings().engine_python, "-P", "-m", f"tunesmith.engine.{module}"]
    try:
        done = subprocess.run(
            command,
            input=dumps(request) + "\n",
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        raise CliError(
            f"{command[0]} cannot be started ({error.strerror}): "
            "set TUNESMITH_ENGINE_PYTHON to a Python that has torch"
        ) from error
    answer = done.stdout.strip().rpartition("\n")[2]
    try:
        return loads(Written, answer)
    except WireError:
        pass
    try:
        problem = loads(NotWritten, answer).problem
    except WireError:
        words = done.stderr.strip()[-2000:] or "without a word"
        problem = f"`{' '.join(command)}` ended: {words}"
    raise CliError(problem, code=1)
