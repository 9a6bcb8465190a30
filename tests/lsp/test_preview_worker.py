import asyncio

import pytest

from lsp.scripts import script
from tunesmith.lsp.worker import PreviewError, PreviewWorker
from tunesmith.wire.preview import Generate
from tunesmith.wire.spec import ModelSpec

DONE = (
    'print(json.dumps({"op": "done", "id": asked["id"], "text": text, "n_prompt_tokens": 1,'
    ' "n_tokens": 2, "first_token_s": 0.1, "total_s": 0.2, "stopped": stopped}), flush=True)'
)
TOKEN = 'print(json.dumps({"op": "token", "id": asked["id"], "text": "po"}), flush=True)'
ANSWER = f"text, stopped = 'positive', False\n{TOKEN}\n{DONE}"
WAIT_FOR_CANCEL = f"text, stopped = 'po', True\nif asked['op'] == 'cancel': {DONE}\nelse: {TOKEN}"


def request() -> Generate:
    return Generate(
        id=0,
        model=ModelSpec(name="x", path="/x"),
        prompt="Hi",
        partials={},
        values={},
        template="chat",
        max_new_tokens=4,
        temperature=0.0,
        seed=0,
    )


@pytest.fixture
async def open_worker():
    workers = []

    def make(body, **more):
        workers.append(PreviewWorker(script(body), **more))
        return workers[-1]

    yield make
    for worker in workers:
        await worker.close()


async def gone(worker: PreviewWorker) -> None:
    for _ in range(500):
        if worker.pid is None:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the worker lives on")


async def test_tokens_stream_and_the_answer_follows(open_worker):
    worker = open_worker(ANSWER)
    heard = []

    done = await worker.generate(request(), heard.append)

    assert (heard, done.text, done.n_tokens) == (["po"], "positive", 2)


async def test_the_same_worker_answers_again(open_worker):
    worker = open_worker(ANSWER)

    await worker.generate(request(), lambda _: None)
    pid = worker.pid
    await worker.generate(request(), lambda _: None)

    assert worker.pid == pid is not None


async def test_cancelling_the_call_cancels_it_in_the_worker(open_worker):
    worker = open_worker(WAIT_FOR_CANCEL, cancel_s=30.0)
    heard = asyncio.Event()
    task = asyncio.create_task(worker.generate(request(), lambda _: heard.set()))
    await heard.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    # The worker has understood, so it is kept and takes the next request.
    assert worker.pid is not None


async def test_a_worker_that_ignores_a_cancel_is_ended(open_worker):
    worker = open_worker(TOKEN, cancel_s=0.3)
    heard = asyncio.Event()
    task = asyncio.create_task(worker.generate(request(), lambda _: heard.set()))
    await heard.wait()

    task.cancel()

    await gone(worker)


async def test_a_silent_worker_is_ended_and_the_asker_told(open_worker):
    worker = open_worker("time.sleep(60)", silence_s=0.5)

    with pytest.raises(PreviewError, match="the preview worker ended; the next preview starts it"):
        await worker.generate(request(), lambda _: None)


async def test_an_idle_worker_is_unloaded_and_started_again_at_need(open_worker):
    worker = open_worker(ANSWER, idle_s=0.3)
    await worker.generate(request(), lambda _: None)

    await gone(worker)

    assert (await worker.generate(request(), lambda _: None)).text == "positive"


async def test_a_problem_is_told_in_the_worker_s_words(open_worker):
    problem = '{"op": "problem", "id": asked["id"], "message": "no such model"}'
    worker = open_worker(f"print(json.dumps({problem}), flush=True)")

    with pytest.raises(PreviewError, match="no such model"):
        await worker.generate(request(), lambda _: None)


async def test_a_python_that_cannot_start_is_told(tmp_path):
    worker = PreviewWorker((str(tmp_path / "nothing"),))

    with pytest.raises(PreviewError, match="cannot be reached"):
        await worker.generate(request(), lambda _: None)
    await worker.close()


async def test_a_cancel_behind_the_answer_does_not_end_the_worker(open_worker):
    # Both lines arrive at once, so the answer is there when the cancel comes.
    both = "import contextlib, io\nout = io.StringIO()\ntext, stopped = 'positive', False\n"
    both += f"with contextlib.redirect_stdout(out): {TOKEN}; {DONE}\n"
    both += "print(out.getvalue(), end='', flush=True)"
    worker = open_worker(both, cancel_s=0.0)
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(
        worker.generate(request(), lambda _: loop.call_soon(task.cancel) and None)
    )

    with pytest.raises(asyncio.CancelledError):
        await task
    pid = worker.pid

    assert (await worker.generate(request(), lambda _: None)).text == "positive"
    assert worker.pid == pid is not None


async def test_a_cancel_before_the_worker_was_asked_does_not_end_it_for_the_next(open_worker):
    worker = open_worker(f"time.sleep(0.5)\n{ANSWER}", cancel_s=0.2)
    task = asyncio.create_task(worker.generate(request(), lambda _: None))
    # It is starting the process now.
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert worker.pid is None
    assert (await worker.generate(request(), lambda _: None)).text == "positive"
