"""A page that is no file: a row, token for token."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.protocol import RequestFailed
from tunesmith.lsp.token_pages import TokenPageError, read_address


async def handle(
    ls: TunesmithServer, params: types.TextDocumentContentParams
) -> types.TextDocumentContentResult:
    """Make the page as things are now; why there is none is a page too."""
    found = read_address(params.uri)
    if found is None:
        raise RequestFailed(f"there is no page {params.uri}")
    path, row = found
    snapshot = ls.snapshot(ls.session.uri_of(path))
    try:
        text = ls.token_pages.take(snapshot, row) or await ls.token_pages.text(snapshot, row)
    except TokenPageError as error:
        text = f"{error}\n"
    return types.TextDocumentContentResult(text)


REQUEST = Request(
    name="text-document-content", method=types.WORKSPACE_TEXT_DOCUMENT_CONTENT, handle=handle
)
