"""`tunesmith/run/events`: what a run has said."""

import asyncio

from tunesmith.lsp.handler import Request, read_params
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.protocol import RequestFailed
from tunesmith.wire.codec import to_plain
from tunesmith.wire.editor import RUN_EVENTS, RunEventsParams, RunEventsResult


async def handle(ls: TunesmithServer, params: object) -> object:
    """Each event after `sinceSeq` once, in order, read from the run's folder."""
    asked = read_params(RunEventsParams, params)
    found = ls.runs.find(asked.runId)
    if found is None:
        raise RequestFailed(f"there is no run {asked.runId}")
    records = await asyncio.to_thread(found[1].read_records, asked.sinceSeq)
    return to_plain(RunEventsResult(events=tuple(record.plain() for record in records)))


REQUEST = Request(name="run-events", method=RUN_EVENTS, handle=handle)
