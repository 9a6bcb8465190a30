"""How the server process ends."""

import json
import subprocess
import sys

import pytest

INITIALIZE = {
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
SHUTDOWN = {"id": 2, "method": "shutdown"}
EXIT = {"method": "exit"}


@pytest.fixture
def server():
    command = [sys.executable, "-m", "tunesmith", "serve"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


def send(server, *messages):
    for message in messages:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    server.stdin.flush()


def test_it_ends_when_it_is_told_to_though_its_input_stays_open(server):
    send(server, INITIALIZE, SHUTDOWN, EXIT)

    assert server.wait(timeout=60) == 0


def test_an_exit_without_shutdown_is_a_failure(server):
    send(server, INITIALIZE, EXIT)

    assert server.wait(timeout=60) == 1


def test_it_ends_with_its_editor(server):
    send(server, INITIALIZE)

    server.stdin.close()

    assert server.wait(timeout=60) == 1


def test_a_stream_that_cannot_be_followed_ends_it_with_a_reason(server):
    server.stdin.write(b"Content-Length: 100000000000\r\n\r\n")
    server.stdin.flush()

    assert server.wait(timeout=60) == 1
    said = server.stderr.read().decode()
    assert said.startswith("tunesmith: stopped: the client sent a message of 100000000000 bytes")
