"""The events of one run, as the language server tells them, each once and in order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tunesmith.cli.demo.client import LspClient
from tunesmith.cli.errors import CliError
from tunesmith.wire.codec import to_plain
from tunesmith.wire.editor import RUN_DID_EMIT, RUN_EVENTS, RunEventsParams
from tunesmith.wire.events import Event, read_record

OVER = ("finished", "failed", "cancelled", "lost")


class RunFeed:
    """Listens from its making on, so that nothing of a run started afterwards is missed."""

    def __init__(self, client: LspClient) -> None:
        self._client = client
        self._news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.report: str | None = None
        """Path of the report, once there is one."""
        client.on(RUN_DID_EMIT, self._news.put_nowait)

    async def events(self, run_id: str) -> AsyncIterator[Event]:
        """The events of `run_id` until it is over. Raises CliError where it did not finish."""
        seq, status, summary = 0, "starting", ""
        while status not in OVER:
            news = await self._next()
            if news["runId"] != run_id:
                continue
            state = news["state"]
            status, summary, self.report = state["status"], state["tooltip"], state["report"]
            for plain in await self._since(run_id, seq, news["events"], state["seq"]):
                record = read_record(plain)
                seq = plain["seq"]
                if record is not None:
                    yield record.event
        if status != "finished":
            raise CliError(f"the run ended {status}: {summary}", code=1)

    async def _next(self) -> dict[str, Any]:
        """The next news. Raises CliError where there will be none, because the server has gone."""
        waiting = asyncio.ensure_future(self._news.get())
        await asyncio.wait({waiting, self._client.ended}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            raise self._client.ended.result()
        return waiting.result()

    async def _since(
        self, run_id: str, seq: int, told: list[dict[str, Any]], last: int
    ) -> list[dict[str, Any]]:
        """What comes after `seq`: out of what was told where it is all there, else asked for."""
        new = [plain for plain in told if plain["seq"] > seq]
        if len(new) == last - seq:
            return new
        params = to_plain(RunEventsParams(runId=run_id, sinceSeq=seq))
        return (await self._client.request(RUN_EVENTS, params))["events"]
