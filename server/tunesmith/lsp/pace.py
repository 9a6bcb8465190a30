"""Latest wins: work for a key is done at once at the pace of a typist, and rarely in a flood."""

import asyncio
import time
from collections.abc import Callable


class Pace:
    """Runs the newest work of each key, with a rest between two that fits their cost."""

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._free_at: dict[str, float] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def soon(self, key: str, work: Callable[[], None]) -> None:
        """Do `work` once its key has rested; older work of the key that still waits is void."""
        self.drop(key)
        wait_s = self._free_at.get(key, 0.0) - time.monotonic()
        if wait_s <= 0:
            self._do(key, work)
        else:
            loop = asyncio.get_running_loop()
            self._timers[key] = loop.call_later(wait_s, self._do, key, work)

    def drop(self, key: str) -> None:
        """Void the work that waits."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _do(self, key: str, work: Callable[[], None]) -> None:
        self._timers.pop(key, None)
        start = time.monotonic()
        try:
            work()
        finally:
            end = time.monotonic()
            # Costly work may take half of the time at most; the rest is for other requests.
            self._free_at[key] = end + max(self._rest_s, end - start)
