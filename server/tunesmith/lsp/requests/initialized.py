"""The client is ready for messages that it did not ask for."""

from lsprotocol import types

from tunesmith.data.stream import SUFFIXES
from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.token_pages import SCHEME
from tunesmith.prompt.files import SUFFIX

WATCHED = (
    f"**/*{{{','.join((SUFFIX, *SUFFIXES))}}}",
    "**/{tunesmith,pyproject,promptly}.toml",
)


def handle(ls: TunesmithServer, _params: types.InitializedParams) -> None:
    """Take up living runs, and have prompts and data watched: by the client where it can."""
    ls.begin(ls.session.folders)
    if ls.shows_pages:
        pages = types.TextDocumentContentRegistrationOptions([SCHEME])
        _register(ls, "pages", types.WORKSPACE_TEXT_DOCUMENT_CONTENT, pages)
    workspace = ls.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if watched and watched.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions(
            [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
        )
        _register(ls, "watched-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    else:
        ls.neighbours.start()


def _register(ls: TunesmithServer, id: str, method: str, options: object) -> None:
    registration = types.Registration(id, method, options)
    ls.client_register_capability(types.RegistrationParams([registration]))


REQUEST = Request(name="initialized", method=types.INITIALIZED, handle=handle)
