"""Blanks in order, on demand."""

from lsprotocol import types

from tunesmith.features.formatting import formatting
from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.prompt.format import FormatError

N_ROWS = 64
"""Rows of the prompt's data that must render as before."""


async def handle(
    ls: TunesmithServer, params: types.DocumentFormattingParams
) -> list[types.TextEdit]:
    """Blanks inside tags and in the frontmatter; nothing where a rendering would change."""
    snapshot = ls.session.get(params.text_document.uri)
    if snapshot is None:
        return []
    data = snapshot.loaded.extension.data
    rows = await ls.tables.first_rows(snapshot, N_ROWS)
    values = [data.values(row.given) for row in rows] if data else []
    try:
        edits = formatting(snapshot.loaded, values, snapshot.lines, ls.session.unit)
    except FormatError as error:
        message = types.ShowMessageParams(types.MessageType.Warning, f"Not formatted: {error}")
        ls.window_show_message(message)
        return []
    return edits if ls.session.is_current(snapshot) else []


REQUEST = Request(name="formatting", method=types.TEXT_DOCUMENT_FORMATTING, handle=handle)
