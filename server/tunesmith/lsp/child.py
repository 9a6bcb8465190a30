"""A process of our own that answers lines with lines."""

import asyncio
import contextlib
import logging
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)
_LONGEST_LINE = 64 * 1024 * 1024


class Child:
    """Started by the first line sent to it, and again by the next one after it ended.

    It ends by itself when we do, since its standard input closes then.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        on_line: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self._command = command
        self._on_line = on_line
        self._on_end = on_end
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process else None

    async def send(self, line: str) -> None:
        """Send one line. Raises OSError where the process cannot be started.

        The line is written last, with nothing to wait for behind it: a call that is cancelled has
        sent nothing. What a process does not read before it ends, `on_end` tells of.
        """
        async with self._starting:
            if self._process is None:
                await self._start()
        self.tell(line)

    def tell(self, line: str) -> None:
        """Send one line to the process that there is; nothing without one."""
        if self._process and self._process.stdin:
            # Half a surrogate pair, which no encoding has, becomes JSON's own escape for it.
            data = line.encode("utf-8", errors="backslashreplace")
            self._process.stdin.write(data + b"\n")

    async def _start(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, "TOKENIZERS_PARALLELISM": "false"},
        )
        self._process = process
        self._reader = asyncio.create_task(self._read(process))

    async def _read(self, process: Process) -> None:
        try:
            while process.stdout and (line := await process.stdout.readline()):
                self._on_line(line.decode("utf-8", errors="replace"))
        except ValueError:
            logger.warning("%s sent a line without end", self._command[-1])
        finally:
            await self._forget(process)

    async def _forget(self, process: Process) -> None:
        if self._process is process:
            self._process = None
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        self._on_end()
        await process.wait()

    def kill(self) -> None:
        """End the process now; whoever waits for it hears so through `on_end`."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """End the process and wait until it is gone."""
        self.kill()
        if self._reader:
            await self._reader
