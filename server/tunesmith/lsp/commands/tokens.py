"""Show a row token for token, and what of it is trained."""

from lsprotocol import types

from tunesmith.lsp.handler import Command, read_argument
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.protocol import RequestFailed
from tunesmith.lsp.session import Snapshot
from tunesmith.lsp.token_pages import TokenPageError, page_address
from tunesmith.wire.codec import to_plain
from tunesmith.wire.editor import TOKENS_COMMAND, PromptParams, TokensResult


async def run(ls: TunesmithServer, params: types.ExecuteCommandParams) -> object:
    """Answered with the page, which is also shown where the editor can show one.

    Nothing of the workspace is written.
    """
    asked = read_argument(PromptParams, params)
    snapshot, row = ls.snapshot(asked.uri), asked.row or 1
    try:
        text = await ls.token_pages.text(snapshot, row)
    except TokenPageError as error:
        raise RequestFailed(str(error)) from error
    uri = _show(ls, snapshot, row, text)
    return to_plain(TokensResult(row=row, text=text, uri=uri))


def _show(ls: TunesmithServer, snapshot: Snapshot, row: int, text: str) -> str | None:
    window = ls.client_capabilities.window
    if not (window and window.show_document and window.show_document.support):
        path = ls.token_pages.write(snapshot, row, text)
        message = f"The tokens of row {row}: {path}"
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))
        return None
    if ls.shows_pages:
        uri = page_address(snapshot.path, row)
        ls.token_pages.shown.add(uri)
        ls.token_pages.lay_out(snapshot, row, text)
        # An editor that has the page open already would go on showing what it was.
        ls.workspace_text_document_content_refresh(types.TextDocumentContentRefreshParams(uri))
    else:
        uri = ls.token_pages.write(snapshot, row, text).as_uri()
    ls.window_show_document(types.ShowDocumentParams(uri=uri, take_focus=True))
    return uri


COMMAND = Command(name="tokens", id=TOKENS_COMMAND, run=run)
