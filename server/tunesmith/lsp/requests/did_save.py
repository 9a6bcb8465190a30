"""A prompt was saved."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, _params: types.DidSaveTextDocumentParams) -> None:
    """Check what may include or inherit it: partials and parents are read from disk."""
    ls.checker.check_all()


REQUEST = Request(name="did-save", method=types.TEXT_DOCUMENT_DID_SAVE, handle=handle)
