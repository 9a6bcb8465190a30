"""The preview worker with the builtin model: first token, speed, and how soon a cancel counts.

`python -m benchmarks.preview [--quick] [--json]`
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tunesmith.models.registry import resolve
from tunesmith.prompt.extension import BUILTIN_MODEL
from tunesmith.wire.codec import dumps
from tunesmith.wire.preview import Cancel, Generate
from tunesmith.wire.spec import ModelSpec

PROMPT = '{{role "user"}}{{text}}'
SHORT = "Tell a long story about a lighthouse keeper."
LONG = "The film is long and slow, and still it holds you to the end. " * 130
"""About 2,000 tokens: cancelling falls into the prefill."""


@dataclass(frozen=True)
class Answer:
    """What came of one request, seconds by a clock that never jumps."""

    done: dict[str, object]
    cancelled_s: float
    """From the cancel to the last word; 0 where nothing was cancelled."""


class Worker:
    """A real preview worker, spoken to as an editor's server does."""

    def __init__(self, model: ModelSpec) -> None:
        self._model = model
        self._n_asked = 0
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tunesmith.engine.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def ask(self, text: str, *, n_tokens: int, cancel_after: str = "") -> Answer:
        """One answer; `cancel_after` is a number of tokens, or seconds as `0.3s`."""
        self._n_asked += 1
        request = Generate(
            id=self._n_asked,
            model=self._model,
            prompt=PROMPT,
            partials={},
            values={"text": text},
            template="chat",
            max_new_tokens=n_tokens,
            temperature=0.0,
            seed=0,
        )
        self._send(request)
        cancelled_at = 0.0
        if cancel_after.endswith("s"):
            time.sleep(float(cancel_after[:-1]))
            cancelled_at = self._cancel()
        n_seen = 0
        while True:
            reply = self._read()
            n_seen += reply["op"] == "token"
            if not cancelled_at and cancel_after and n_seen == int(cancel_after):
                cancelled_at = self._cancel()
            if reply["op"] == "done":
                waited_s = time.monotonic() - cancelled_at if cancelled_at else 0.0
                return Answer(done=reply, cancelled_s=waited_s)
            if reply["op"] == "problem":
                raise SystemExit(f"no preview: {reply['message']}")

    def close(self) -> None:
        """End it, as an editor does that goes away."""
        self._process.communicate()

    def _cancel(self) -> float:
        self._send(Cancel(id=self._n_asked))
        return time.monotonic()

    def _send(self, message: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(dumps(message) + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, object]:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


def measure(n_times: int) -> dict[str, float]:
    """Medians over `n_times`, and the slowest cancel. Raises SystemExit without the model."""
    place = resolve(BUILTIN_MODEL, workspace=Path.cwd())
    if place.spec is None:
        raise SystemExit(place.problem)
    worker = Worker(place.spec)
    load_s = _number(worker.ask("Hi.", n_tokens=1).done["first_token_s"])
    runs = [worker.ask(SHORT, n_tokens=64).done for _ in range(n_times)]
    first = [_number(run["first_token_s"]) for run in runs]
    speed = [
        (_number(run["n_tokens"]) - 1) / (_number(run["total_s"]) - _number(run["first_token_s"]))
        for run in runs
    ]
    decoding = [
        worker.ask(SHORT, n_tokens=200, cancel_after=str(5 + place)).cancelled_s
        for place in range(n_times)
    ]
    prefill = [
        worker.ask(LONG, n_tokens=8, cancel_after=f"{0.2 + 0.05 * place}s").cancelled_s
        for place in range(n_times)
    ]
    worker.close()
    return {
        "load_and_first_token_s": load_s,
        "first_token_s": statistics.median(first),
        "tokens_per_s": statistics.median(speed),
        "cancel_decode_s_median": statistics.median(decoding),
        "cancel_decode_s_max": max(decoding),
        "cancel_prefill_s_median": statistics.median(prefill),
        "cancel_prefill_s_max": max(prefill),
    }


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    asked = parser.parse_args()
    numbers = measure(5 if asked.quick else 20)
    for name, value in numbers.items():
        print(f"{name:24} {value:8.3f}")
    if asked.json:
        print(json.dumps({name: round(value, 4) for name, value in numbers.items()}))


if __name__ == "__main__":
    main()
