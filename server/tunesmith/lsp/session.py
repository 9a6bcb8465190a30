"""The open prompts, each an immutable snapshot of one version."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from tunesmith.lsp.edits import apply_changes
from tunesmith.prompt.files import SUFFIX, LoadedPrompt, PromptFileError, load_prompt, read_prompt
from tunesmith.prompt.text import ColumnUnit, LineIndex
from tunesmith.settings import find_workspace

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """One version of one open prompt; parsed when first asked."""

    uri: str
    version: int
    text: str
    path: Path
    workspace: Path

    @cached_property
    def lines(self) -> LineIndex:
        """Between offsets and the editor's positions."""
        return LineIndex(self.text)

    @cached_property
    def loaded(self) -> LoadedPrompt:
        """The prompt, its parent and its partials."""
        return load_prompt(self.text, self.path, self.workspace)


@dataclass(kw_only=True)
class Session:
    """What the editor has open, and where the workspace lies."""

    unit: ColumnUnit = "utf-16"
    """What the editor counts columns in."""
    folders: tuple[Path, ...] = ()
    """The workspace folders of the editor."""
    _open: dict[str, Snapshot] = field(default_factory=dict[str, Snapshot])

    def __iter__(self) -> Iterator[Snapshot]:
        """The newest snapshot of every open prompt."""
        return iter(tuple(self._open.values()))

    def get(self, uri: str) -> Snapshot | None:
        """The newest snapshot; None for a file that is not open, or out of step with its editor."""
        return self._open.get(uri)

    def open(self, uri: str, version: int, text: str) -> Snapshot:
        """Begin to follow a prompt."""
        self._open[uri] = snapshot = self._snapshot(uri, version, text)
        return snapshot

    def read(self, uri: str) -> Snapshot:
        """A prompt that is not open, as it is on disk. Raises PromptFileError."""
        path = self._path(uri)
        # A client may name any file; only prompts are looked into.
        if path.suffix != SUFFIX:
            raise PromptFileError(f"{path} is no {SUFFIX} file")
        loaded = read_prompt(path, self.workspace_of(path))
        return self._snapshot(uri, 0, loaded.prompt.text)

    def change(
        self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]
    ) -> Snapshot | None:
        """Follow an edit.

        None where the text before it is not known; the next change that brings the whole text
        mends that.
        """
        before = self._open.get(uri)
        if before is not None:
            text = apply_changes(before.text, changes, self.unit)
            self._open[uri] = after = replace(before, version=version, text=text)
            return after
        whole = _from_whole(changes)
        return self.open(uri, version, apply_changes("", whole, self.unit)) if whole else None

    def close(self, uri: str) -> None:
        """Follow the prompt no longer."""
        self._open.pop(uri, None)

    def refresh(self, uri: str) -> None:
        """Let the neighbours of a prompt be read again from disk, in the workspace it now has."""
        before = self._open.get(uri)
        if before is not None:
            self._open[uri] = replace(before, workspace=self.workspace_of(before.path))

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether an answer made from `snapshot` may still be shown."""
        return self._open.get(snapshot.uri) is snapshot

    def uri_of(self, path: Path) -> str:
        """The uri by which the editor knows a file, which may be spelled in its own way."""
        known = (snapshot.uri for snapshot in self._open.values() if snapshot.path == path)
        return next(known, path.as_uri())

    def workspace_of(self, path: Path) -> Path:
        """The innermost workspace folder that holds `path`; without one, as the command line."""
        holding = [folder for folder in self.folders if path.is_relative_to(folder)]
        return (
            max(holding, key=lambda folder: len(folder.parts)) if holding else find_workspace(path)
        )

    def _snapshot(self, uri: str, version: int, text: str) -> Snapshot:
        path = self._path(uri)
        workspace = self.workspace_of(path)
        return Snapshot(uri=uri, version=version, text=text, path=path, workspace=workspace)

    def _path(self, uri: str) -> Path:
        found = to_fs_path(uri)
        if found is not None and uri.startswith("file:"):
            return Path(found).resolve()
        # A prompt that was never saved: it is treated as if it lay at the workspace's top.
        folder = self.folders[0] if self.folders else Path.cwd()
        return folder / (uri.rpartition("/")[2].rpartition(":")[2] or "untitled.prompt")


def _from_whole(
    changes: Sequence[types.TextDocumentContentChangeEvent],
) -> Sequence[types.TextDocumentContentChangeEvent]:
    """The changes from the last one on that brings a whole text; none where there is no such."""
    whole = [
        index
        for index, change in enumerate(changes)
        if not isinstance(change, types.TextDocumentContentChangePartial)
    ]
    return changes[whole[-1] :] if whole else ()
