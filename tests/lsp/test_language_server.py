import asyncio
from threading import current_thread, main_thread

from tunesmith.jobs.store import RunStore
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.runs import Runs
from tunesmith.settings import Settings


async def test_a_feed_that_failed_is_told_and_the_rest_is_closed_all_the_same(caplog):
    server = TunesmithServer(Settings())
    closed = []

    def fail():
        raise RecursionError("too deep")

    async def close():
        closed.append("previews")

    server.feed.tick = fail
    server.previews.close = close
    server.begin([])
    await asyncio.sleep(0.05)

    await server.end()

    assert closed == ["previews"]
    assert "too deep" in caplog.text


async def test_a_bar_that_has_ended_cancels_nothing():
    bars = TunesmithServer(Settings()).bars
    stopped = []
    first = bars.open("One", lambda: stopped.append(1), token="one")
    bars.open("Two", lambda: stopped.append(2), token="two")

    first.end("done")
    bars.cancel("one")
    bars.cancel("two")

    assert stopped == [2]


async def test_run_folders_are_read_beside_the_event_loop(tmp_path, monkeypatch):
    readers = []

    def read(_store):
        readers.append(current_thread())
        return iter(())

    monkeypatch.setattr(RunStore, "runs", read)
    runs = Runs(Settings())
    runs.of(tmp_path)

    await runs.newest_first()
    await runs.of_prompt(tmp_path, tmp_path / "p.prompt")

    assert len(readers) == 2
    assert main_thread() not in readers
