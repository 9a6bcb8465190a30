"""The prompts that a person means by some paths."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tunesmith.cli.errors import CliError
from tunesmith.settings import find_workspace

SUFFIX = ".prompt"
PASSED_OVER = {"node_modules", "__pycache__"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A prompt to check."""

    shown: str
    """Its path as a person gave it, or found below a folder that they gave."""
    path: Path
    """Without links, and absolute."""
    workspace: Path


@dataclass(kw_only=True)
class Walk:
    """Finds each prompt once; what cannot be looked at is told, and the rest goes on."""

    problems: list[CliError] = field(default_factory=list[CliError])
    _seen: set[str] = field(default_factory=set[str])
    _workspaces: dict[str, Path] = field(default_factory=dict[str, Path])

    def targets(self, paths: Iterable[Path]) -> Iterator[Target]:
        """The prompts among `paths` and in the folders among them, in the order of their names."""
        for path in paths:
            real = os.path.realpath(path)
            try:
                is_folder = stat.S_ISDIR(os.stat(real).st_mode)
            except (FileNotFoundError, NotADirectoryError):
                self.problems.append(CliError(f"there is no {path}"))
            except OSError as error:
                self.problems.append(CliError(f"{path}: cannot be read: {error.strerror}"))
            else:
                found = self._below if is_folder else self.target
                yield from found(str(path), real)

    def target(self, shown: str, real: str) -> Iterator[Target]:
        """One prompt, if it is new."""
        if real in self._seen:
            return
        self._seen.add(real)
        yield Target(shown=shown, path=Path(real), workspace=self._workspace_of(real))

    def _workspace_of(self, path: str) -> Path:
        folder = os.path.dirname(path)
        if folder not in self._workspaces:
            self._workspaces[folder] = find_workspace(Path(folder))
        return self._workspaces[folder]

    def _below(self, shown: str, real: str) -> Iterator[Target]:
        # A list of folders to come instead of calls in calls, so that depth costs nothing.
        top, waiting = real, [(shown, real)]
        while waiting:
            shown, real = waiting.pop()
            folders: list[tuple[str, str]] = []
            for entry in self._entries(shown, real):
                below = entry.name if shown == "." else os.path.join(shown, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    folders.append((below, entry.path))
                elif entry.name.endswith(SUFFIX) and not _is_linked_folder(entry):
                    if entry.is_symlink():
                        yield from self._linked(below, entry.path, top)
                    else:
                        yield from self.target(below, entry.path)
            waiting.extend(reversed(folders))

    def _linked(self, shown: str, link: str, top: str) -> Iterator[Target]:
        """The prompt that a link below `top` leads to.

        A link in a project from elsewhere may lead anywhere, and repairs are written through it.
        """
        real = Path(os.path.realpath(link))
        workspace = self._workspace_of(link)
        if real.is_relative_to(top) or real.is_relative_to(workspace):
            yield from self.target(shown, str(real))
        else:
            message = f"{shown}: is a link to {real}, outside the workspace {workspace}"
            self.problems.append(CliError(f"{message}: name that file itself to check it"))

    def _entries(self, shown: str, real: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(real) as found:
                entries = [
                    entry
                    for entry in found
                    if not entry.name.startswith(".") and entry.name not in PASSED_OVER
                ]
        except OSError as error:
            self.problems.append(CliError(f"{shown}: cannot be read: {error.strerror}"))
            return []
        return sorted(entries, key=lambda entry: entry.name)


def _is_linked_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and os.path.isdir(entry.path)
