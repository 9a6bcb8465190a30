"""Ask a run to stop."""

import asyncio

from lsprotocol import types

from tunesmith.lsp.handler import Command, read_argument
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.protocol import RequestFailed
from tunesmith.wire.editor import CANCEL_COMMAND, RunParams


async def run(ls: TunesmithServer, params: types.ExecuteCommandParams) -> object:
    """Answered at once with `{runId}`; that it has stopped is an event of the run.

    A run that is over already stays as it is.
    """
    asked = read_argument(RunParams, params)
    found = ls.runs.find(asked.runId)
    if found is None:
        raise RequestFailed(f"there is no run {asked.runId}")
    manager, _ = found
    await asyncio.to_thread(manager.cancel, asked.runId)
    return {"runId": asked.runId}


COMMAND = Command(name="cancel-run", id=CANCEL_COMMAND, run=run)
