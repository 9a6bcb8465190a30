"""A prompt was edited."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, params: types.DidChangeTextDocumentParams) -> None:
    """Follow the edit and check the new version."""
    document = params.text_document
    if ls.session.change(document.uri, document.version, params.content_changes):
        ls.checker.check(document.uri)


REQUEST = Request(name="did-change", method=types.TEXT_DOCUMENT_DID_CHANGE, handle=handle)
