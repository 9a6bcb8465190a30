"""`tunesmith/run/list`: the runs of the workspace."""

from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.wire.codec import to_plain
from tunesmith.wire.editor import RUN_LIST, RunListResult


async def handle(ls: TunesmithServer, _params: object) -> object:
    """Every run, newest first."""
    runs = await ls.runs.newest_first()
    views = tuple(ls.news.view(run) for run in runs)
    return to_plain(RunListResult(runs=views))


REQUEST = Request(name="run-list", method=RUN_LIST, handle=handle)
