"""Files of the workspace changed on disk."""

from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Check everything open, unless all that changed is what a run writes as it goes."""
    if not all(_is_of_runs(change.uri) for change in params.changes):
        ls.neighbours_changed()


def _is_of_runs(uri: str) -> bool:
    return ".tunesmith" in Path(to_fs_path(uri) or "").parts


REQUEST = Request(
    name="did-change-watched-files", method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES, handle=handle
)
