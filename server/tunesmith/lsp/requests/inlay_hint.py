"""Words that the editor shows inside the text."""

from lsprotocol import types

from tunesmith.features.inlay_hints import preview_hint
from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.prompt.hashes import render_hash


def handle(ls: TunesmithServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    """The last preview, behind the template."""
    snapshot = ls.session.get(params.text_document.uri)
    last = ls.previews.last(params.text_document.uri)
    if snapshot is None or last is None:
        return []
    prompt = snapshot.loaded.prompt
    wording = render_hash(prompt, snapshot.loaded.partials)
    return [preview_hint(last, prompt, snapshot.lines, wording, ls.session.unit)]


REQUEST = Request(name="inlay-hint", method=types.TEXT_DOCUMENT_INLAY_HINT, handle=handle)
