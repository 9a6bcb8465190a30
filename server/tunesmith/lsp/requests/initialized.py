"""The client is ready for messages that it did not ask for."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer

WATCHED = "**/*.{prompt,csv,tsv,jsonl}"


def handle(ls: TunesmithServer, _params: types.InitializedParams) -> None:
    """Take up living runs, and have prompts and data watched: by the client where it can."""
    ls.begin(ls.session.folders)
    workspace = ls.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if watched and watched.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions(
            [types.FileSystemWatcher(glob_pattern=WATCHED)]
        )
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        registration = types.Registration("watched-files", method, options)
        ls.client_register_capability(types.RegistrationParams([registration]))
    else:
        ls.neighbours.start()


REQUEST = Request(name="initialized", method=types.INITIALIZED, handle=handle)
