"""Files of the workspace changed on disk."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, _params: types.DidChangeWatchedFilesParams) -> None:
    """Check everything open: what it says of data, partials and parents may no longer hold."""
    ls.checker.check_all()
    ls.refresh_lenses()


REQUEST = Request(
    name="did-change-watched-files", method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES, handle=handle
)
