"""Where a workspace begins, and what the machine's owner decides."""

import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Set by the machine's owner, never by the files of a workspace."""

    engine_python: str = sys.executable
    """The Python that has torch: runs jobs and the preview worker."""


def read_settings() -> Settings:
    """From the environment: `TUNESMITH_ENGINE_PYTHON`."""
    chosen = os.environ.get("TUNESMITH_ENGINE_PYTHON")
    return Settings(engine_python=str(Path(chosen).expanduser())) if chosen else Settings()


def find_workspace(path: Path) -> Path:
    """The folder that a prompt's paths may not leave.

    The nearest folder above with a `tunesmith.toml`, a `pyproject.toml` that has
    `[tool.tunesmith]`, or a `.git`; else the prompt's own folder.
    """
    start = path.resolve()
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        if _is_workspace(candidate):
            return candidate
    return folder


def _is_workspace(folder: Path) -> bool:
    if (folder / "tunesmith.toml").is_file() or (folder / ".git").exists():
        return True
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return "tunesmith" in project.get("tool", {})
