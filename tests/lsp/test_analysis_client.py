import asyncio

import pytest

from lsp.scripts import script
from tunesmith.lsp.analysis import Analysis
from tunesmith.lsp.session import Session

FINDING = '{"rule": "r", "severity": "error", "message": asked["text"], "start": 0, "end": 1}'
ANSWER = f'print(json.dumps({{"id": asked["id"], "findings": [{FINDING}]}}), flush=True)'


class Client:
    """An analysis client, and what it was told."""

    def __init__(self, body: str, patience_s: float = 60.0):
        self.told: asyncio.Queue = asyncio.Queue()
        self.session = Session()
        self.analysis = Analysis(
            lambda snapshot, findings: self.told.put_nowait((snapshot.uri, findings[0].message)),
            command=script(body),
            patience_s=patience_s,
        )

    def ask(self, name: str, text: str) -> None:
        self.analysis.ask(self.session.open(f"file:///{name}.prompt", 1, text))


@pytest.fixture
async def open_client():
    clients = []

    def make(*args, **more):
        clients.append(Client(*args, **more))
        return clients[-1]

    yield make
    for client in clients:
        await client.analysis.close()


async def test_the_worker_starts_with_the_first_question(open_client):
    client = open_client(ANSWER)
    assert client.analysis.pid is None

    client.ask("a", "hello")

    assert await client.told.get() == ("file:///a.prompt", "hello")
    assert client.analysis.pid is not None


async def test_while_it_works_only_the_newest_version_waits(open_client):
    client = open_client(f"time.sleep(0.2)\n{ANSWER}")

    for text in ("one", "two", "three", "four"):
        client.ask("a", text)
    client.ask("b", "other")

    assert [await client.told.get() for _ in range(3)] == [
        ("file:///a.prompt", "one"),
        ("file:///a.prompt", "four"),
        ("file:///b.prompt", "other"),
    ]


async def test_a_question_that_kills_the_worker_is_not_asked_again_and_the_next_one_is(open_client):
    client = open_client(f'if asked["text"] == "bad": os.abort()\n{ANSWER}')

    client.ask("a", "bad")
    client.ask("b", "good")

    assert await client.told.get() == ("file:///b.prompt", "good")


async def test_a_worker_that_hangs_is_ended_and_started_again(open_client):
    client = open_client(f'if asked["text"] == "slow": time.sleep(60)\n{ANSWER}', patience_s=0.5)

    client.ask("a", "slow")
    client.ask("b", "good")

    assert await client.told.get() == ("file:///b.prompt", "good")


WORKING = 'print(json.dumps({"id": asked["id"], "state": "working"}), flush=True)'


async def test_a_worker_that_says_it_works_is_waited_for(open_client):
    body = f"for _ in range(8):\n    {WORKING}\n    time.sleep(0.2)\n{ANSWER}"
    client = open_client(body, patience_s=1.0)

    client.ask("a", "long")

    assert await client.told.get() == ("file:///a.prompt", "long")


async def test_a_newer_version_takes_back_the_question_at_work(open_client):
    stopped = 'print(json.dumps({"id": asked["id"], "state": "stopped"}), flush=True)'
    body = (
        f'if asked["text"] == "old":\n    {WORKING}\n    assert not sys.stdin.readline().strip()\n'
        f"    {stopped}\nelse:\n    {ANSWER}"
    )
    client = open_client(body)

    client.ask("a", "old")
    while client.analysis.pid is None:
        await asyncio.sleep(0.01)
    client.ask("a", "new")

    assert await client.told.get() == ("file:///a.prompt", "new")


async def test_half_a_surrogate_pair_gets_through(open_client):
    client = open_client(ANSWER)

    client.ask("a", "x\ud800y")

    assert (await client.told.get())[1] in ("x\ud800y", "x?y")
