"""A contestant in a process of its own: a task goes in and a result comes out, each as JSON."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from transformers import TrainerCallback

Task = dict[str, Any]
_LIMIT_S = 3600


def compete(module: str, task: Task) -> Task:
    """What a contestant makes of a task, on one thread. Raises SystemExit where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}"],
        input=json.dumps(task),
        env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{module} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def answer(work: Callable[[Task], Task]) -> None:
    """Be a contestant: read the task, do it, print the result."""
    torch.set_num_threads(1)
    print(json.dumps(work(json.load(sys.stdin))))


def peak_bytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class StepClock(TrainerCallback):
    """CPU seconds of each step of a Hugging Face trainer, what lies between two steps included."""

    def __init__(self) -> None:
        self._ends: list[float] = []

    @property
    def steps_s(self) -> list[float]:
        """In the order of the steps."""
        return [end - start for start, end in pairwise(self._ends)]

    def on_train_begin(self, *_: object, **_more: object) -> None:
        """The clock starts."""
        self._ends.append(time.process_time())

    def on_step_end(self, *_: object, **_more: object) -> None:
        """A step is done, its update included."""
        self._ends.append(time.process_time())
