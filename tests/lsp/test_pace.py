import asyncio

from tunesmith.lsp.pace import Pace


async def test_work_is_done_at_once_when_all_is_quiet():
    done = []

    Pace(0.05).soon("a", lambda: done.append(1))

    assert done == [1]


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


async def test_dropped_work_is_not_done():
    pace = Pace(0.01)
    done = []
    pace.soon("a", lambda: done.append(1))

    pace.soon("a", lambda: done.append(2))
    pace.drop("a")
    await asyncio.sleep(0.05)

    assert done == [1]
