"""A language server as an editor sees it: over standard input and output, one file open."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

Message = dict[str, Any]
_SETTINGS = {"schemaStore": {"enable": False}, "validate": True}
"""Asked for by the server for YAML, which would fetch schemas from the network otherwise."""


class Server:
    """A running server."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._inbox: SimpleQueue[tuple[float, Message]] = SimpleQueue()
        self._n_asked = 0
        Thread(target=self._read_all, daemon=True).start()
        root = folder.as_uri()
        encoding = {"positionEncodings": ["utf-16"]}
        self._ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": folder.name}],
                "capabilities": {
                    "general": encoding,
                    "workspace": {
                        "configuration": True,
                        "didChangeWatchedFiles": {"dynamicRegistration": True},
                    },
                    "textDocument": {"publishDiagnostics": {"versionSupport": True}},
                },
            },
        )
        self._tell("initialized", {})

    def open(self, name: str, language: str, text: str) -> "Document":
        """Open a file; waits until its diagnostics are there."""
        path = self._folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        document = Document(self, path.as_uri(), text)
        item = {"uri": document.uri, "languageId": language, "version": 0, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": item})
        self.wait_for(document.uri, 0)
        return document

    def change(self, uri: str, version: int, change: Message) -> float:
        """Make an edit; seconds until the diagnostics of that version are there."""
        document = {"uri": uri, "version": version}
        start = time.perf_counter()
        self._tell("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        return self.wait_for(uri, version) - start

    def wait_for(self, uri: str, version: int) -> float:
        """When the diagnostics came. Raises SystemExit where they do not within a minute."""
        while True:
            arrived, message = self._next()
            params = message.get("params") or {}
            is_ours = params.get("uri") == uri and params.get("version", version) == version
            if is_ours and message.get("method") == "textDocument/publishDiagnostics":
                return arrived

    def cpu_s(self) -> float:
        """Seconds of processor time it has used so far, all its threads together."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Shut it down as the protocol asks."""
        self._ask("shutdown", None)
        self._tell("exit", None)
        self._process.wait(timeout=20)

    def _ask(self, method: str, params: object) -> None:
        self._n_asked += 1
        self._send({"id": self._n_asked, "method": method, "params": params})
        while self._next()[1].get("id") != self._n_asked:
            pass

    def _tell(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def _next(self) -> tuple[float, Message]:
        """The next message that is no request of the server, all of which are answered here."""
        while True:
            try:
                arrived, message = self._inbox.get(timeout=60)
            except Empty:
                raise SystemExit(f"no answer for a minute from {self._process.args}") from None
            if "method" not in message or "id" not in message:
                return arrived, message
            asked = message["params"].get("items", ()) if message.get("params") else ()
            result = [_SETTINGS if item.get("section") == "yaml" else None for item in asked]
            self._send({"id": message["id"], "result": result or None})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _read_all(self) -> None:
        stream = self._process.stdout
        assert stream
        while header := stream.readline():
            if not header.lower().startswith(b"content-length:"):
                continue
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            body = stream.read(length)
            self._inbox.put((time.perf_counter(), json.loads(body)))


class Document:
    """An open file, in which letters are typed and taken away again."""

    def __init__(self, server: Server, uri: str, text: str) -> None:
        self.uri = uri
        self._server = server
        self._lines = text.splitlines()
        self._version = 0

    def type(self, place: float) -> float:
        """Type a letter at that share of the file; seconds until it has been judged."""
        line, column = self._at(place)
        return self._edit(line, column, column, "x")

    def take_back(self, place: float) -> float:
        """Remove it."""
        line, column = self._at(place)
        return self._edit(line, column, column + 1, "")

    def _at(self, place: float) -> tuple[int, int]:
        line = int(place * len(self._lines))
        return line, int((place * len(self._lines) - line) * len(self._lines[line]))

    def _edit(self, line: int, start: int, end: int, text: str) -> float:
        self._version += 1
        places = [{"line": line, "character": column} for column in (start, end)]
        change = {"range": {"start": places[0], "end": places[1]}, "text": text}
        return self._server.change(self.uri, self._version, change)
