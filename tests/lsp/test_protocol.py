"""One test for each way in which pygls alone would lose a message, show too much or live on."""

import asyncio
import json
from functools import partial
from typing import cast

import pytest
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from tunesmith.lsp.protocol import Protocol, RequestFailed


class Outbox:
    def __init__(self):
        self.messages = []

    def write(self, data: bytes) -> None:
        self.messages.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def close(self) -> None:
        raise AssertionError("the protocol does not close our streams")


class Wire:
    """A server in this process, and the client's end of its wire."""

    def __init__(self):
        self.server = LanguageServer("test", "0", protocol_cls=Protocol)
        self.protocol = cast("Protocol", self.server.protocol)
        self.outbox = Outbox()
        self.protocol.set_writer(self.outbox)

    def send(self, method, params=None, **more) -> bool:
        message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
        return self.protocol.receive(json.dumps(message).encode())

    def answer(self, request_id):
        return next((m for m in self.outbox.messages if m.get("id") == request_id), None)

    async def settled(self, request_id):
        for _ in range(200):
            if self.answer(request_id):
                return self.answer(request_id)
            await asyncio.sleep(0.01)
        raise AssertionError(f"no answer to {request_id}")

    def initialize(self):
        params = {"processId": None, "rootUri": None, "capabilities": {}}
        self.send("initialize", params, id=0)


@pytest.fixture
def wire():
    wire = Wire()
    wire.initialize()
    return wire


COMMAND = {"command": "test.slow", "arguments": []}
HOVER = {"textDocument": {"uri": "file:///p.prompt"}, "position": {"line": 0, "character": 0}}


async def test_cancelling_a_command_stops_it(wire):
    ended = []

    async def slow(_params):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    wire.server.command("test.slow")(slow)
    wire.send("workspace/executeCommand", COMMAND, id=1)
    await asyncio.sleep(0)

    wire.send("$/cancelRequest", {"id": 1})

    answer = await wire.settled(1)
    assert (answer["error"]["code"], ended) == (-32800, ["cancelled"])


async def test_an_unknown_command_is_answered(wire):
    wire.send("workspace/executeCommand", {"command": "nothing"}, id=1)

    answer = await wire.settled(1)
    assert answer["error"] == {"code": -32602, "message": "there is no command nothing"}


async def test_shutdown_with_work_pending(wire):
    async def slow(_params):
        await asyncio.sleep(60)

    wire.server.command("test.slow")(slow)
    for request_id in range(1, 6):
        wire.send("workspace/executeCommand", COMMAND, id=request_id)
    await asyncio.sleep(0)

    wire.send("shutdown", id=9)

    assert "error" not in await wire.settled(9)
    assert [(await wire.settled(n))["error"]["code"] for n in range(1, 6)] == [-32800] * 5


def test_after_shutdown_a_request_is_refused_and_not_left_waiting(wire):
    wire.send("shutdown", id=1)

    wire.send("textDocument/hover", HOVER, id=2)

    assert wire.answer(2)["error"]["code"] == -32600


def test_the_exit_code_tells_whether_shutdown_came_first(wire):
    other = Wire()

    assert not other.send("exit")
    wire.send("shutdown", id=1)
    assert not wire.send("exit")

    assert (other.protocol.exit_code, wire.protocol.exit_code) == (1, 0)


def test_unreadable_params_are_answered_without_a_popup(wire):
    wire.send("textDocument/hover", {"textDocument": 7}, id=1)

    assert wire.answer(1)["error"]["code"] == -32602
    assert [m for m in wire.outbox.messages if m.get("method") == "window/showMessage"] == []


def test_an_unreadable_change_is_known_of(wire):
    lost = []
    wire.protocol.on_unreadable = lost.append
    start = {"line": -1, "character": 0}
    edit = {"range": {"start": start, "end": start}, "text": "x"}
    document = {"uri": "file:///p.prompt", "version": 2}

    wire.send("textDocument/didChange", {"textDocument": document, "contentChanges": [edit]})

    assert lost[0]["params"]["textDocument"] == document


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[]", b"7", b"null", b"[" * 100_000, b'{"jsonrpc": "2.0"}']
)
def test_a_malformed_message_is_dropped_in_silence(wire, body):
    before = len(wire.outbox.messages)

    assert wire.protocol.receive(body)

    assert len(wire.outbox.messages) == before


def fail(_params):
    raise ValueError("/home/somebody/secret.csv is broken")


def test_what_goes_wrong_inside_stays_inside(wire, caplog):
    wire.server.feature(types.TEXT_DOCUMENT_HOVER)(fail)

    wire.send("textDocument/hover", HOVER, id=1)

    message = "the server failed at this; its log says how"
    assert wire.answer(1)["error"] == {"code": -32603, "message": message}
    assert "secret.csv" in caplog.text


def test_what_a_person_should_know_comes_through(wire):
    def refuse(_params):
        raise RequestFailed("data.csv, line 3: two fields are missing")

    wire.server.feature(types.TEXT_DOCUMENT_HOVER)(refuse)

    wire.send("textDocument/hover", HOVER, id=1)

    message = "data.csv, line 3: two fields are missing"
    assert wire.answer(1)["error"] == {"code": -32803, "message": message}


def test_our_own_methods_get_their_params_as_they_were_sent(wire):
    asked = []
    wire.server.feature("tunesmith/test")(partial(lambda seen, params: seen.append(params), asked))

    wire.send("tunesmith/test", {"runId": "a", "sinceSeq": 3, "class": [1]}, id=1)

    assert asked == [{"runId": "a", "sinceSeq": 3, "class": [1]}]


def test_pygls_keeps_no_text_of_its_own(wire):
    document = {"uri": "file:///p.prompt", "languageId": "x", "version": 1, "text": "a\u2028b"}

    wire.send("textDocument/didOpen", {"textDocument": document})

    assert wire.server.workspace.text_documents == {}
