"""The cancel button of a progress bar was pressed."""

from lsprotocol import types

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer


def handle(ls: TunesmithServer, params: types.WorkDoneProgressCancelParams) -> None:
    """Stop what the bar stands for."""
    ls.bars.cancel(params.token)


REQUEST = Request(
    name="work-done-cancel", method=types.WINDOW_WORK_DONE_PROGRESS_CANCEL, handle=handle
)
