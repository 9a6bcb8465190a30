"""Where a workspace begins, what its settings files hold, and what the machine's owner decides."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

OWN_FILE = "tunesmith.toml"
PROJECT_FILE = "pyproject.toml"
PROMPTLY_FILE = "promptly.toml"
SETTINGS_FILES = (PROMPTLY_FILE, PROJECT_FILE, OWN_FILE)
_TABLE = "[tool.tunesmith"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Set by the machine's owner, never by the files of a workspace."""

    engine_python: str = sys.executable
    """The Python that has torch: runs jobs and the preview worker."""


@dataclass(frozen=True)
class SettingsTable:
    """Our part of one settings file of a workspace."""

    path: Path
    text: str
    """Of the whole file, so that a line of it can be named."""
    values: Mapping[str, object]
    fault: str | None
    """Why the file could not be read."""

    def line_of(self, word: str) -> int:
        """The first line that holds `word`, from 1; 1 where none does."""
        return self.text.count("\n", 0, max(self.text.find(word), 0)) + 1


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


def settings_tables(workspace: Path) -> Iterator[SettingsTable]:
    """The settings files that a workspace has; what stands in a later one counts more.

    `tunesmith.toml` stands in the place of `[tool.tunesmith]`, not beside it.
    """
    has_own = _is_file(workspace / OWN_FILE)
    for name in (PROMPTLY_FILE, OWN_FILE if has_own else PROJECT_FILE):
        table = _read_table(workspace / name) if _is_file(workspace / name) else None
        if table is not None:
            yield table


def _read_table(path: Path) -> SettingsTable | None:
    """Our part of a file; None for a project's file that has none."""
    # Only now, since most folders have no settings.
    import tomllib

    text, fault = "", None
    values: dict[str, object] | None = {}
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        fault = str(error)
    if path.name == PROJECT_FILE:
        # A broken file is our business only where it was meant to have our table.
        values = _table_in(values) if fault is None else ({} if _TABLE in text else None)
    return None if values is None else SettingsTable(path, text, values, fault)


def _table_in(project: Mapping[str, object]) -> dict[str, object] | None:
    tools = project.get("tool")
    ours = cast("dict[str, object]", tools).get("tunesmith") if isinstance(tools, dict) else None
    return cast("dict[str, object]", ours) if isinstance(ours, dict) else None


def _is_workspace(folder: Path) -> bool:
    if _is_file(folder / OWN_FILE) or os.path.exists(folder / ".git"):
        return True
    try:
        content = (folder / PROJECT_FILE).read_bytes()
    except OSError:
        return False
    # Most projects do not know us, and need not be parsed to see that.
    return b"tunesmith" in content and _read_table(folder / PROJECT_FILE) is not None


def _is_file(path: Path) -> bool:
    # Not Path.is_file, which raises where a folder on the way may not be read.
    return os.path.isfile(path)
