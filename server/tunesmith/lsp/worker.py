"""Client of the preview worker, the process that holds a model."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from tunesmith.lsp.child import Child
from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.preview import Cancel, Done, Generate, Problem, Reply, Token

logger = logging.getLogger(__name__)
IDLE_S = 600.0
SILENCE_S = 120.0
CANCEL_S = 20.0
_KINDS: dict[str, type[Reply]] = {"token": Token, "done": Done, "problem": Problem}


class PreviewError(Exception):
    """Why there is no preview, in words that say what to do."""


@dataclass(frozen=True)
class _Pending:
    future: "asyncio.Future[Done]"
    on_token: Callable[[str], None]


class PreviewWorker:
    """Started by the first request; ended when it hangs, and when nobody asks for ten minutes."""

    def __init__(
        self,
        command: tuple[str, ...],
        *,
        idle_s: float = IDLE_S,
        silence_s: float = SILENCE_S,
        cancel_s: float = CANCEL_S,
    ) -> None:
        self._child = Child(command, on_line=self._on_line, on_end=self._on_end)
        self._idle_s = idle_s
        self._silence_s = silence_s
        self._cancel_s = cancel_s
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._timer: asyncio.TimerHandle | None = None
        self._cancelled: dict[int, asyncio.TimerHandle] = {}

    @property
    def pid(self) -> int | None:
        """Of the worker, while there is one."""
        return self._child.pid

    async def generate(self, request: Generate, on_token: Callable[[str], None]) -> Done:
        """The answer to one request, whose id is set here; cancelling the call cancels it there.

        Raises PreviewError.
        """
        self._last_id += 1
        request = replace(request, id=self._last_id)
        pending = _Pending(asyncio.get_running_loop().create_future(), on_token)
        self._pending[request.id] = pending
        self._wait(self._silence_s)
        try:
            await self._child.send(dumps(request))
            return await pending.future
        except OSError as error:
            raise PreviewError(f"the preview worker cannot be reached: {error}") from error
        except asyncio.CancelledError:
            # Otherwise the worker has not been asked, or has answered, or has ended.
            if pending.future.cancelled():
                self._cancel(request.id)
            raise
        finally:
            self._pending.pop(request.id, None)
            if not self._pending:
                self._wait(self._idle_s)

    async def close(self) -> None:
        """End the worker."""
        if self._timer:
            self._timer.cancel()
        await self._child.close()

    def _cancel(self, request_id: int) -> None:
        """Tell the worker, and see to it that it obeys."""
        loop = asyncio.get_running_loop()
        self._cancelled[request_id] = loop.call_later(self._cancel_s, self._child.kill)
        self._child.tell(dumps(Cancel(id=request_id)))

    def _on_line(self, line: str) -> None:
        try:
            reply = _read_reply(line)
        except WireError as error:
            logger.warning("the preview worker said something else: %s", error)
            return
        self._wait(self._silence_s if self._pending else self._idle_s)
        if not isinstance(reply, Token) and reply.id in self._cancelled:
            self._cancelled.pop(reply.id).cancel()
        pending = self._pending.get(reply.id)
        # Late words of a request that was cancelled belong to nobody.
        if pending is None or pending.future.done():
            return
        if isinstance(reply, Token):
            pending.on_token(reply.text)
        elif isinstance(reply, Done):
            pending.future.set_result(reply)
        else:
            pending.future.set_exception(PreviewError(reply.message))

    def _on_end(self) -> None:
        for timer in self._cancelled.values():
            timer.cancel()
        self._cancelled.clear()
        for pending in self._pending.values():
            if not pending.future.done():
                why = "the preview worker ended; the next preview starts it again"
                pending.future.set_exception(PreviewError(why))

    def _wait(self, seconds: float) -> None:
        """End the worker unless it says something, or is asked something, in this time."""
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._child.kill)


@dataclass(frozen=True, kw_only=True)
class _Head:
    op: str


def _read_reply(line: str) -> Reply:
    op = loads(_Head, line).op
    return loads(_KINDS.get(op, Problem), line)
