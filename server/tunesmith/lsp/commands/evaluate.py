"""Evaluate the base model, and the tuned one where there is one."""

from lsprotocol import types

from tunesmith.lsp.handler import Command, read_argument
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.start_run import newest_tuned, start_run
from tunesmith.plan import RunRequest
from tunesmith.wire.editor import EVALUATE_COMMAND, PromptParams


async def run(ls: TunesmithServer, params: types.ExecuteCommandParams) -> object:
    """Answered with `{runId}` as soon as the job has started."""
    asked = read_argument(PromptParams, params)
    snapshot = ls.snapshot(asked.uri)
    request = RunRequest(kind="evaluate", model=await newest_tuned(ls, snapshot))
    return await start_run(ls, snapshot, request)


COMMAND = Command(name="evaluate", id=EVALUATE_COMMAND, run=run)
