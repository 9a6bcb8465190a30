"""What the client can do, and where its workspace lies."""

from pathlib import Path
from typing import cast

from lsprotocol import types
from pygls.uris import to_fs_path

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.prompt.text import ColumnUnit


def handle(ls: TunesmithServer, params: types.InitializeParams) -> None:
    """Take over the folders and the unit of columns, which pygls has chosen by now."""
    ls.session.unit = cast("ColumnUnit", str(ls.workspace.position_encoding))
    roots = [folder.uri for folder in params.workspace_folders or ()] or [params.root_uri]
    paths = [to_fs_path(uri) for uri in roots if uri]
    ls.session.folders = tuple(Path(path).resolve() for path in paths if path)


REQUEST = Request(name="initialize", method=types.INITIALIZE, handle=handle)
