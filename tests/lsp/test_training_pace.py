import asyncio

import pytest

from tunesmith.lsp.pace import Pace


class Clock:
    """Stands still but for the work that is done."""

    def __init__(self):
        self.now_s = 100.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tunesmith.lsp.pace.time", clock)
    return clock


async def test_work_is_done_at_once_when_all_is_quiet():
    done = []

    Pace(0.05).soon("a", lambda: done.append(1))

    assert done == [1]


@pytest.mark.usefixtures("clock")
async def test_in_a_flood_few_are_done_and_the_last_is_among_them():
    pace = Pace(0.05)
    done = []

    for n in range(1000):
        pace.soon("a", lambda n=n: done.append(n))
    await asyncio.sleep(0.2)

    assert done == [0, 999]


async def test_one_key_does_not_wait_for_another():
    pace = Pace(60)
    done = []

    pace.soon("a", lambda: done.append("a"))
    pace.soon("b", lambda: done.append("b"))

    assert done == ["a", "b"]


@pytest.mark.usefixtures("clock")
async def test_dropped_work_is_not_done():
    pace = Pace(0.01)
    done = []
    pace.soon("a", lambda: done.append(1))

    pace.soon("a", lambda: done.append(2))
    pace.drop("a")
    await asyncio.sleep(0.05)

    assert done == [1]


def typed(clock, pace, cost_s, pause_s, n_keys):
    """How many keystrokes are judged at once, with a pause behind the cost of each."""
    done = []

    def work():
        clock.now_s += cost_s
        done.append(clock.now_s)

    for _ in range(n_keys):
        pace.soon("a", work)
        clock.now_s += pause_s
    pace.drop("a")
    return len(done)


async def test_a_typist_never_waits(clock):
    assert typed(clock, Pace(0.01), cost_s=0.025, pause_s=0.03, n_keys=50) == 50


async def test_costly_work_leaves_half_of_the_time_to_others(clock):
    assert typed(clock, Pace(0.01), cost_s=5, pause_s=1, n_keys=51) == 11
