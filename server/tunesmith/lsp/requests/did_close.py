"""A prompt was closed."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, params: types.DidCloseTextDocumentParams) -> None:
    """Forget it, and what was said about it."""
    uri = params.text_document.uri
    ls.session.close(uri)
    ls.checker.forget(uri)
    ls.previews.forget(uri)


REQUEST = Request(name="did-close", method=types.TEXT_DOCUMENT_DID_CLOSE, handle=handle)
