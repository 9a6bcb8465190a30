"""Folders were added to the workspace or taken from it."""

from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Take over the folders, and the runs of new ones."""
    paths = [to_fs_path(uri) for uri in ls.workspace.folders]
    ls.session.folders = tuple(Path(path).resolve() for path in paths if path)
    for folder in ls.session.folders:
        ls.runs.of(folder)
    if params.event.removed or params.event.added:
        ls.checker.check_all()


REQUEST = Request(
    name="did-change-workspace-folders",
    method=types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
    handle=handle,
)
