"""A prompt was opened."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, params: types.DidOpenTextDocumentParams) -> None:
    """Follow it and check it."""
    document = params.text_document
    snapshot = ls.session.open(document.uri, document.version, document.text)
    ls.runs.of(snapshot.workspace)
    ls.checker.check(document.uri)


REQUEST = Request(name="did-open", method=types.TEXT_DOCUMENT_DID_OPEN, handle=handle)
