"""Asks the analysis worker, which reads data sets: one question at a time, each file's newest."""

import asyncio
import logging
import sys
from collections.abc import Callable

from tunesmith.lsp.child import Child
from tunesmith.lsp.session import Snapshot
from tunesmith.wire.analysis import STOP, Analyse, Analysed
from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.finding import Finding

logger = logging.getLogger(__name__)
PATIENCE_S = 60.0
# -P: the folder we were started in is the workspace's, and nothing is imported from there.
COMMAND = (sys.executable, "-P", "-m", "tunesmith.analysis")


class Analysis:
    """Client of the worker process: started at the first question, ended when it hangs."""

    def __init__(
        self,
        answer: Callable[[Snapshot, tuple[Finding, ...]], None],
        *,
        command: tuple[str, ...] = COMMAND,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._answer = answer
        self._patience_s = patience_s
        self._worker = Child(command, on_line=self._on_line, on_end=self._on_end)
        self._waiting: dict[str, Snapshot] = {}
        self._asked: Snapshot | None = None
        self._last_id = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int | None:
        """Of the worker, while there is one."""
        return self._worker.pid

    def ask(self, snapshot: Snapshot) -> None:
        """Ask about a prompt; a question about an older version of it is void."""
        self._waiting[snapshot.uri] = snapshot
        self._take_back(snapshot.uri)
        self._next()

    def drop(self, uri: str) -> None:
        """Do not ask about a file any more."""
        self._waiting.pop(uri, None)
        self._take_back(uri)

    async def close(self) -> None:
        """End the worker."""
        self._waiting.clear()
        await self._worker.close()

    def _take_back(self, uri: str) -> None:
        """Let the worker give up a question that it is at work on."""
        if self._asked is not None and self._asked.uri == uri:
            self._worker.tell(STOP)

    def _next(self) -> None:
        if self._asked is not None or not self._waiting:
            return
        uri = next(iter(self._waiting))
        self._asked = snapshot = self._waiting.pop(uri)
        self._last_id += 1
        question = Analyse(
            id=self._last_id,
            path=str(snapshot.path),
            workspace=str(snapshot.workspace),
            text=snapshot.text,
        )
        self._be_patient()
        task = asyncio.create_task(self._send(dumps(question)))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, line: str) -> None:
        try:
            await self._worker.send(line)
        except OSError as error:
            logger.warning("cannot reach the analysis worker: %s", error)
            self._on_end()

    def _on_line(self, line: str) -> None:
        try:
            answer = loads(Analysed, line)
        except WireError as error:
            logger.warning("the analysis worker said something else: %s", error)
            return
        if self._asked is None or answer.id != self._last_id:
            return
        if answer.state == "working":
            self._be_patient()
            return
        snapshot = self._settle(self._asked)
        if answer.state == "done":
            self._answer(snapshot, answer.findings)
        self._next()

    def _be_patient(self) -> None:
        """Wait for another word from the worker."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._patience_s, self._give_up)

    def _give_up(self) -> None:
        logger.warning("the analysis worker hangs and is ended")
        self._worker.kill()

    def _on_end(self) -> None:
        """The worker is gone: the question it died of is not asked again, the others are."""
        if self._asked is not None:
            logger.warning("the analysis worker ended over %s", self._asked.path.name)
            self._settle(self._asked)
        self._next()

    def _settle(self, snapshot: Snapshot) -> Snapshot:
        if self._timer is not None:
            self._timer.cancel()
        self._asked = self._timer = None
        return snapshot
