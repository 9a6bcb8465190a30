"""Progress with a cancel button, in every editor that shows any."""

import asyncio
import logging
import time
from collections.abc import Callable
from itertools import count

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

logger = logging.getLogger(__name__)
REST_S = 0.09


class Bar:
    """One piece of work, from its begin to its end; what an editor cannot show is not sent."""

    def __init__(
        self, server: LanguageServer, token: types.ProgressToken, on_end: Callable[[], object]
    ) -> None:
        self._server = server
        self._token = token
        self._on_end = on_end
        self._is_shown = False
        self._last: types.WorkDoneProgressReport | None = None
        self._is_over = False
        self._said_at = 0.0

    def begin(self, title: str) -> None:
        """Show the bar, with what was reported before it could be shown."""
        if self._is_over:
            return
        self._is_shown = True
        self._send(types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0))
        if self._last is not None:
            self._send(self._last)

    def report(self, message: str, percentage: int | None = None) -> None:
        """Say how far it is; words that follow one another too fast are left out."""
        self._last = types.WorkDoneProgressReport(
            cancellable=True, message=message, percentage=percentage
        )
        now = time.monotonic()
        if now - self._said_at >= REST_S:
            self._said_at = now
            self._send(self._last)

    def end(self, message: str) -> None:
        """Take the bar away."""
        self._send(types.WorkDoneProgressEnd(message=message))
        self._is_over = True
        self._on_end()

    def _send(
        self,
        value: types.WorkDoneProgressBegin
        | types.WorkDoneProgressReport
        | types.WorkDoneProgressEnd,
    ) -> None:
        if self._is_shown and not self._is_over:
            self._server.progress(types.ProgressParams(token=self._token, value=value))


class Bars:
    """Opens bars, and knows what to do when one is cancelled."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._on_cancel: dict[types.ProgressToken, Callable[[], object]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._counter = count(1)

    def open(
        self,
        title: str,
        on_cancel: Callable[[], object],
        token: types.ProgressToken | None = None,
    ) -> Bar:
        """A bar under the token of the client's request, or under one of our own making."""
        name = token if token is not None else f"tunesmith/{next(self._counter)}"
        bar = Bar(self._server, name, lambda: self._on_cancel.pop(name, None))
        self._on_cancel[name] = on_cancel
        if token is not None:
            bar.begin(title)
        elif self._can_create():
            task = asyncio.create_task(self._create(bar, name, title))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return bar

    def cancel(self, token: types.ProgressToken) -> None:
        """The person pressed the bar's cancel button; late for one that is over."""
        stop = self._on_cancel.pop(token, None)
        if stop is not None:
            stop()

    def _can_create(self) -> bool:
        window = self._server.client_capabilities.window
        return bool(window and window.work_done_progress)

    async def _create(self, bar: Bar, token: types.ProgressToken, title: str) -> None:
        params = types.WorkDoneProgressCreateParams(token=token)
        try:
            await self._server.window_work_done_progress_create_async(params)
        except JsonRpcException as error:
            logger.info("the editor shows no progress: %s", error)
            return
        bar.begin(title)
