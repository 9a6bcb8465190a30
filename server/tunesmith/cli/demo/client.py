"""A small editor: the language server protocol over a child process, with asyncio alone."""

import asyncio
import json
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from tunesmith.cli.errors import CliError

LAST_WORDS = 2000
GRACE_S = 20.0
"""How long the server may take to end after its input has."""
MAX_HEADER = 1 << 16
Notified = Callable[[dict[str, Any]], None]


class LspClient:
    """Sends requests and notifications, and hands on what the server notifies."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: IO[str]
    ) -> None:
        """`log` is where the server's standard error goes."""
        self._reader = reader
        self._writer = writer
        self._log = log
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._handlers: dict[str, Notified] = {}
        self._last_id = 0
        self.ended: asyncio.Future[CliError] = asyncio.get_running_loop().create_future()
        """Done, with what there is to say, once the server has gone."""

    def on(self, method: str, handler: Notified) -> None:
        """Call `handler` with the parameters of each notification of `method`."""
        self._handlers[method] = handler

    async def request(self, method: str, params: object) -> Any:
        """The server's result. Raises CliError with the server's words where it refuses."""
        if self.ended.done():
            raise self.ended.result()
        self._last_id += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._last_id] = answer
        self._send({"id": self._last_id, "method": method, "params": params})
        return await answer

    def notify(self, method: str, params: object) -> None:
        """Tell the server something that it does not answer."""
        self._send({"method": method, "params": params})

    async def listen(self) -> None:
        """Take in messages until the server closes its end."""
        try:
            while True:
                self._take(await self._read())
        except asyncio.IncompleteReadError:
            self._log.seek(0)
            words = self._log.read()[-LAST_WORDS:].strip() or "without a word"
            error = CliError(f"the language server ended: {words}", code=1)
            self.ended.set_result(error)
            for answer in self._waiting.values():
                answer.set_exception(error)
            self._waiting.clear()

    async def _read(self) -> dict[str, Any]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode("ascii").split("\r\n") if line)
        return json.loads(await self._reader.readexactly(int(fields["Content-Length"])))

    def _take(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            self._settle(message)
        elif "id" in message:
            self._send({"id": message["id"], "result": _answer(method, message["params"])})
        elif handler := self._handlers.get(method):
            handler(message["params"])

    def _settle(self, message: dict[str, Any]) -> None:
        answer = self._waiting.pop(message["id"])
        if error := message.get("error"):
            answer.set_exception(CliError(error["message"], code=1))
        else:
            answer.set_result(message.get("result"))

    def _send(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


@asynccontextmanager
async def language_server(command: list[str], workspace: Path) -> AsyncGenerator[LspClient]:
    """A client of a fresh server process on `workspace`, initialized; both end with the context."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        # In a session of its own, so that Ctrl-C reaches us alone and we can still talk to it.
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            limit=MAX_HEADER,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        client = LspClient(process.stdout, process.stdin, log)
        listening = asyncio.create_task(client.listen())
        try:
            await client.request("initialize", _initialize_params(workspace))
            client.notify("initialized", {})
            yield client
            await client.request("shutdown", None)
            client.notify("exit", None)
        finally:
            process.stdin.close()
            await _ended(process)
            await listening


async def _ended(process: Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _initialize_params(workspace: Path) -> dict[str, object]:
    uri = workspace.as_uri()
    return {
        "processId": None,
        "clientInfo": {"name": "tunesmith demo"},
        "rootUri": uri,
        "workspaceFolders": [{"uri": uri, "name": workspace.name}],
        "capabilities": {
            "general": {"positionEncodings": ["utf-16"]},
            "window": {"workDoneProgress": True, "showDocument": {"support": True}},
            "textDocument": {"publishDiagnostics": {"versionSupport": True}},
        },
    }


def _answer(method: str, params: dict[str, Any]) -> object:
    """What an editor without settings and windows says to the server's own requests."""
    match method:
        case "workspace/configuration":
            return [None for _ in params["items"]]
        case "window/showDocument":
            return {"success": False}
        case _:
            return None
