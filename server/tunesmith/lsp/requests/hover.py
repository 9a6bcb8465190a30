"""What stands under the mouse."""

from lsprotocol import types

from tunesmith.features.convert import to_offset
from tunesmith.features.hover import hover
from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


async def handle(ls: TunesmithServer, params: types.HoverParams) -> types.Hover | None:
    """Explain a variable, a key, a helper or a role."""
    snapshot = ls.session.get(params.text_document.uri)
    if snapshot is None:
        return None
    table = await ls.tables.train(snapshot)
    offset = to_offset(params.position, snapshot.lines, ls.session.unit)
    return hover(snapshot.loaded, table, offset, snapshot.lines, ls.session.unit)


REQUEST = Request(name="hover", method=types.TEXT_DOCUMENT_HOVER, handle=handle)
