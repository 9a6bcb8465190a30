"""The preview worker: `python -m tunesmith.engine.serve`, requests on stdin, replies on stdout."""

import json
import os
import sys
import threading
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING

from tunesmith.wire.codec import WireError, dumps, loads
from tunesmith.wire.preview import Cancel, Done, Generate, Problem, Reply

if TYPE_CHECKING:
    from tunesmith.engine.stream import Previewer


@dataclass(frozen=True)
class Pending:
    """A request that waits or is being answered."""

    request: Generate
    stop: threading.Event = field(default_factory=threading.Event)


class Inbox:
    """Requests in order, from the thread that reads to the thread that generates."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Pending | None] = SimpleQueue()
        self._open: dict[int, Pending] = {}

    def put(self, request: Generate) -> None:
        """Queue a request."""
        pending = Pending(request)
        self._open[request.id] = pending
        self._queue.put(pending)

    def stop(self, request_id: int) -> None:
        """Ask for a request's end; nothing happens where it is over or was never made."""
        if pending := self._open.get(request_id):
            pending.stop.set()

    def close(self) -> None:
        """Stop everything: nobody listens any more."""
        for pending in tuple(self._open.values()):
            pending.stop.set()
        self._queue.put(None)

    def take(self) -> Pending | None:
        """The next request, waiting for it; None after `close`."""
        return self._queue.get()

    def done(self, pending: Pending) -> None:
        """The request has its last reply."""
        if self._open.get(pending.request.id) is pending:
            del self._open[pending.request.id]


class Outbox:
    """Replies, one line each; both threads write."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, reply: Reply) -> None:
        """Write and flush one reply."""
        with self._lock:
            self._stream.write(dumps(reply) + "\n")
            self._stream.flush()


def read_requests(stream: IO[str], inbox: Inbox, outbox: Outbox) -> None:
    """Sort what arrives until the stream closes."""
    try:
        for line in stream:
            if line.strip():
                _receive(line, inbox, outbox)
    finally:
        inbox.close()


def answer_requests(inbox: Inbox, outbox: Outbox) -> None:
    """Answer one request after the other until the inbox closes."""
    previewer: Previewer | None = None
    while (pending := inbox.take()) is not None:
        request = pending.request
        try:
            if pending.stop.is_set():
                outbox.send(_stopped(request.id))
                continue
            previewer = previewer or _new_previewer()
            for reply in previewer.answer(request, pending.stop.is_set):
                outbox.send(reply)
        except BrokenPipeError:
            return
        # Whatever a prompt, a row or a model's files do, the next request finds a living worker.
        except Exception as error:
            outbox.send(Problem(id=request.id, message=_explain(error)))
        finally:
            inbox.done(pending)


def _receive(line: str, inbox: Inbox, outbox: Outbox) -> None:
    try:
        if loads(dict, line).get("op") == "cancel":
            inbox.stop(loads(Cancel, line).id)
        else:
            inbox.put(loads(Generate, line))
    # A line nested thousands deep is JSON, but not for a reader that recurses.
    except (WireError, RecursionError) as error:
        message = f"the preview worker cannot read this request: {error}"
        outbox.send(Problem(id=_id_in(line), message=message))


def _id_in(line: str) -> int:
    """The id in a broken request, so that its sender learns of it; 0 where there is none."""
    try:
        found = json.loads(line).get("id", 0)
    except (ValueError, AttributeError, RecursionError):
        return 0
    return found if isinstance(found, int) else 0


def _new_previewer() -> "Previewer":
    # Only now: a Python without torch can start this worker, which then says what is missing.
    from tunesmith.engine.stream import Previewer

    return Previewer()


def _explain(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return (
            f"previews need the engine, which {sys.executable} lacks ({error}): "
            f"run `{sys.executable} -m pip install 'tunesmith[engine]'`"
        )
    return f"the preview failed: {str(error) or type(error).__name__}"


def _stopped(request_id: int) -> Done:
    return Done(
        id=request_id,
        text="",
        n_prompt_tokens=0,
        n_tokens=0,
        first_token_s=0.0,
        total_s=0.0,
        stopped=True,
    )


def _claim_stdout() -> IO[str]:
    """The protocol's stream; what a library prints goes to stderr from here on."""
    # A lone surrogate becomes \udXXX, which inside a JSON string is what it should be.
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    os.dup2(2, 1)
    return protocol


def main() -> None:
    """Serve until stdin closes."""
    outbox = Outbox(_claim_stdout())
    requests = os.fdopen(os.dup(0), encoding="utf-8", errors="replace", newline="\n")
    inbox = Inbox()
    reader = threading.Thread(
        target=read_requests, args=(requests, inbox, outbox), daemon=True, name="requests"
    )
    reader.start()
    answer_requests(inbox, outbox)


if __name__ == "__main__":
    main()
