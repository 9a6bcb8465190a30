"""The server's standard streams: bytes in from a thread of their own, messages out."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import BinaryIO

from tunesmith.lsp.framing import Framing, FramingError

logger = logging.getLogger(__name__)
_CHUNK = 1 << 16


def claim_stdout() -> BinaryIO:
    """The stream for messages; whatever else is printed goes to standard error from here on."""
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return messages


class StdoutWriter:
    """Writes whole messages; an editor that has gone away is no error of ours."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        """Write one message with its header."""
        # Its end of our standard input closes too, and that ends us.
        with suppress(BrokenPipeError):
            self._stream.write(data)
            self._stream.flush()

    def close(self) -> None:
        """Send nothing more."""
        self._stream.close()


async def read_messages(stdin: int, receive: Callable[[bytes], bool]) -> bool:
    """Hand each message of the file descriptor `stdin` to `receive` until that says False.

    True when it did; False when the stream ended first, or could not be followed.
    """
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    # A thread of its own, so that no amount of other work can keep a cancellation from being read;
    # a daemon, so that a client which keeps the pipe open cannot keep the server from ending.
    Thread(target=_pump, args=(stdin, loop, chunks), daemon=True, name="stdin").start()
    framing = Framing()
    while chunk := await chunks.get():
        try:
            for body in framing.feed(chunk):
                if not receive(body):
                    return True
                # Answers and timers have their turn between two messages of one chunk.
                await asyncio.sleep(0)
        except FramingError as error:
            print(f"tunesmith: stopped: the client sent {error}", file=sys.stderr)
            return False
    return False


def _pump(stdin: int, loop: asyncio.AbstractEventLoop, chunks: "asyncio.Queue[bytes]") -> None:
    try:
        while chunk := os.read(stdin, _CHUNK):
            loop.call_soon_threadsafe(chunks.put_nowait, chunk)
        loop.call_soon_threadsafe(chunks.put_nowait, b"")
    except RuntimeError:
        logger.debug("the server has ended before its input")
