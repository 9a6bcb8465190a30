import asyncio
import json
from pathlib import Path

import pytest

from jobs.engines import CRASHING, OBEDIENT, QUICK, UNLUCKY_ONCE, engine, spec
from tunesmith.jobs.manager import RunManager
from tunesmith.jobs.store import RunStore
from tunesmith.lsp.run_feed import RunFeed
from tunesmith.lsp.runs import Runs
from tunesmith.wire.codec import dumps

HANDLE_OF_NOBODY = b'{"backend":"moon","pid":1,"started":0.0}'


class Listener:
    """A feed over one workspace, and what it told."""

    def __init__(self, workspace: Path, tmp_path: Path, body: str):
        self.settings = engine(tmp_path, body)
        self.runs = Runs(self.settings)
        self.manager = self.runs.of(workspace)
        self.told: list[tuple[str, str, list[int]]] = []
        self.times: list[float] = []
        self.feed = RunFeed(self.runs, self.take)
        self.task: asyncio.Task | None = None

    def take(self, run, records):
        assert run.state.seq >= max((record.seq for record in records), default=0)
        self.told.append((run.run_id, run.status, [record.seq for record in records]))
        self.times.append(asyncio.get_running_loop().time())

    def start(self):
        self.task = asyncio.create_task(self.feed.follow_all())

    def submit(self, run_id: str):
        self.manager.submit(spec(self.manager.store.workspace, run_id))
        self.feed.follow(self.manager, run_id)

    def seqs(self):
        return [seq for _, _, seqs in self.told for seq in seqs]

    async def until(self, status: str):
        async with asyncio.timeout(30):
            while not self.told or self.told[-1][1] != status:
                await asyncio.sleep(0.01)

    async def stop(self):
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def listen(tmp_path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    listeners = []

    def make(body, start=True):
        listeners.append(Listener(workspace, tmp_path, body))
        if start:
            listeners[-1].start()
        return listeners[-1]

    yield make
    for listener in listeners:
        await listener.stop()


async def test_every_event_is_told_once_and_the_end_is_told(listen):
    one = listen(QUICK)

    one.submit("a")

    await one.until("finished")
    assert one.told[0] == ("a", "starting", [])
    assert one.seqs() == [1, 2, 3]


async def test_a_job_that_dies_without_a_word_is_told_as_lost(listen):
    one = listen(CRASHING)

    one.submit("a")

    await one.until("lost")


async def test_a_run_is_taken_up_where_it_stands_and_past_events_are_left_to_ask_for(listen):
    before = listen(OBEDIENT)
    before.submit("a")
    await before.until("running")
    await before.stop()

    after = listen(OBEDIENT)
    await after.until("running")
    assert after.told == [("a", "running", [])]

    after.manager.cancel("a")
    await after.until("cancelled")
    assert after.seqs() == [2]


async def test_a_run_that_somebody_else_starts_is_found(listen):
    one = listen(QUICK)
    await asyncio.sleep(0.05)

    other = RunManager(RunStore(one.manager.store.workspace), one.settings)
    other.submit(spec(other.store.workspace, "b"))

    await one.until("finished")
    assert one.seqs() == [1, 2, 3]


async def test_a_run_that_is_resumed_is_told_on_from_where_it_was(listen):
    one = listen(UNLUCKY_ONCE)
    one.submit("a")
    await one.until("lost")

    RunManager(RunStore(one.manager.store.workspace), one.settings).resume("a")

    await one.until("finished")
    assert one.seqs() == [1, 2, 3]


async def test_a_run_that_was_over_before_us_and_is_resumed_is_taken_up(listen):
    before = listen(OBEDIENT)
    before.submit("a")
    before.manager.cancel("a")
    await before.until("cancelled")
    await before.stop()
    after = listen(OBEDIENT)
    await asyncio.sleep(0.3)
    assert after.told == []

    after.manager.resume("a")
    await after.until("running")
    after.manager.cancel("a")

    await after.until("cancelled")
    assert after.told[-1] == ("a", "cancelled", [4])


async def test_a_run_speaks_at_most_ten_times_a_second(listen):
    one = listen(OBEDIENT)
    one.submit("a")
    await one.until("running")
    path = one.manager.store.folder / "a" / "events.jsonl"

    for seq in range(2, 102):
        line = {"seq": seq, "at_s": 0.0, "kind": "warning", "message": str(seq)}
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        await asyncio.sleep(0.01)

    one.manager.cancel("a")
    await one.until("cancelled")
    assert one.seqs()[:101] == list(range(1, 102))
    gaps = [b - a for a, b in zip(one.times[1:], one.times[2:], strict=False)]
    assert min(gaps) >= 0.09


async def test_a_folder_that_is_deleted_ends_only_its_own_run(listen):
    one = listen(OBEDIENT)
    one.submit("a")
    one.submit("b")
    await asyncio.sleep(0.3)

    (one.manager.store.folder / "b" / "events.jsonl").unlink()
    (one.manager.store.folder / "b" / "events.jsonl").mkdir()
    one.manager.cancel("b")
    one.manager.cancel("a")

    await one.until("cancelled")
    assert one.told[-1][0] == "a"


async def test_damaged_folders_end_no_feed(listen):
    one = listen(QUICK, start=False)
    for run_id, spec_json, handle in (
        ("a", b"\xff", b"{}"),
        ("b", b"{", b"{}"),
        ("c", dumps(spec(one.manager.store.workspace, "c")).encode(), HANDLE_OF_NOBODY),
    ):
        folder = one.manager.store.folder / run_id
        folder.mkdir(parents=True)
        (folder / "spec.json").write_bytes(spec_json)
        (folder / "process.json").write_bytes(handle)

    one.start()
    one.submit("d")

    await one.until("finished")
    assert {run_id for run_id, _, _ in one.told} == {"d"}


async def test_a_workspace_that_cannot_be_looked_into_ends_no_feed(listen, tmp_path, caplog):
    one = listen(QUICK, start=False)
    runs = Runs(one.settings)
    runs.of(tmp_path / "gone").store.ids = unreadable
    runs.of(one.manager.store.workspace)
    one.feed = RunFeed(runs, one.take)
    one.start()
    await asyncio.sleep(0.05)

    RunManager(RunStore(one.manager.store.workspace), one.settings).submit(
        spec(one.manager.store.workspace, "b")
    )

    await one.until("finished")
    assert "cannot look into" in caplog.text


def unreadable():
    raise PermissionError(13, "Permission denied")
