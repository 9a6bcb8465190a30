"""`python -m tunesmith.analysis`: requests on standard input, findings on standard output.

One JSON object a line, both ways, as `wire/analysis.py` has them; each request is answered before
the next one is begun, so whoever asks keeps only the newest of each prompt. It ends with its input.
"""

import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from tunesmith.analysis.cache import Cache
from tunesmith.analysis.check import check_data
from tunesmith.lint.settings import lint_settings
from tunesmith.prompt.files import load_prompt
from tunesmith.wire.analysis import Analyse, Analysed
from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.finding import Finding

logger = logging.getLogger("tunesmith.analysis")
LOOK_S = 0.1
SAY_S = 1.0


def main() -> None:
    """Serve until standard input ends."""
    logging.basicConfig(stream=sys.stderr, format="analysis: %(message)s")
    inbox = Inbox(sys.stdin.buffer)
    serve(inbox, sys.stdout.buffer, is_stopped=inbox.is_stopped)


class Inbox:
    """Requests as they come, read by a thread, so that one can be taken back while at work."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._n_begun = 0
        self._n_stopped = 0
        """How many of the requests, from the first, are taken back if they are still at work."""
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()

    def __iter__(self) -> Iterator[bytes]:
        for line in iter(self._queue.get, None):
            self._n_begun += 1
            yield line

    def is_stopped(self) -> bool:
        """Nobody waits any more for the request that came last."""
        return self._n_begun <= self._n_stopped

    def _read(self, lines: Iterable[bytes]) -> None:
        n_read = 0
        for line in lines:
            if line.strip():
                n_read += 1
                self._queue.put(line)
            else:
                self._n_stopped = n_read
        self._queue.put(None)


def serve(
    requests: Iterable[bytes], answers: BinaryIO, *, is_stopped: Callable[[], bool] = lambda: False
) -> None:
    """Answer each request; what is none is logged and passed over."""
    cache = Cache()
    for line in requests:
        try:
            request = loads(Analyse, line.decode("utf-8", errors="replace"))
        except (WireError, RecursionError) as error:
            logger.warning("a request was not understood: %s", error)
            continue
        pulse = _Pulse(request.id, answers, is_stopped)
        try:
            answer = Analysed(id=request.id, findings=tuple(_analyse(request, cache, pulse)))
        except _StoppedError:
            answer = Analysed(id=request.id, state="stopped")
        _say(answers, answer)


class _StoppedError(Exception):
    """Nobody waits for this answer any more."""


class _Pulse:
    """Called between rows: tells that there is still work, and ends it when nobody wants it."""

    def __init__(self, id: int, answers: BinaryIO, is_stopped: Callable[[], bool]) -> None:
        self._id, self._answers, self._is_stopped = id, answers, is_stopped
        self._looked = self._said = time.monotonic()

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        if self._is_stopped():
            raise _StoppedError
        if now - self._said >= SAY_S:
            self._said = now
            _say(self._answers, Analysed(id=self._id, state="working"))


def _say(answers: BinaryIO, answer: Analysed) -> None:
    # Half a surrogate pair, which no encoding has, becomes the escape that JSON has for it.
    answers.write(dumps(answer).encode("utf-8", errors="backslashreplace") + b"\n")
    answers.flush()


def _analyse(request: Analyse, cache: Cache, pulse: Callable[[], None]) -> list[Finding]:
    root = Path(request.workspace)
    try:
        loaded = load_prompt(request.text, Path(request.path), root)
        return check_data(loaded, root, lint_settings(root).selection, cache=cache, pulse=pulse)
    except _StoppedError:
        raise
    # One prompt that cannot be analysed must not cost all others their findings.
    except Exception:
        logger.exception("%s could not be analysed", request.path)
        return []


if __name__ == "__main__":
    main()
