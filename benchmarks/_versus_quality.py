"""How good the tuned model is: default settings, 320 rows of film reviews, one epoch, five seeds.

Beside it stand, on the same 200 test rows: the best prompted base model and TF-IDF, which every
run scores itself; the same runs on the plain path; and TRL at the best of three learning rates,
which is chosen on the validation rows. TRL gets the same training rows, once with the whole
epoch, however long it takes, and once (`_same_minutes`) with as many steps, of a schedule of their
own, as it does in the CPU seconds of ours. `quality_cpu_s...` say what a training cost.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

from benchmarks._train_steps import builtin_model
from benchmarks._tuning import Tuning, tuning
from benchmarks._versus_cache import Result, kept, own_code
from benchmarks._versus_process import compete
from benchmarks._versus_rows import Asked, Workspace
from benchmarks._versus_speed import BATCH_SIZE, rival_task
from tunesmith.engine.libraries import library_versions
from tunesmith.plan import RunRequest, plan_run
from tunesmith.prompt.files import read_prompt
from tunesmith.wire.codec import dumps
from tunesmith.wire.events import Evaluation, PathTaken, Step
from tunesmith.wire.run_dir import RunDir

SEEDS = (0, 1, 2, 3, 4)
RATES = (1e-4, 1e-3, 3e-3)
_TRAIN = {"max_rows": 320}
_EVALUATION = {"validation_rows": 100, "test_rows": 200}


class OutOfTime(Exception):
    """The time that was given is over; what is done is kept."""


@dataclass(frozen=True, kw_only=True)
class _Bench:
    """The folder to work in, and when to stop."""

    folder: Path
    until: float

    def kept(self, name: str, depends_on: object, make: Callable[[], Result]) -> Result:
        """As `_versus_cache.kept`. Raises OutOfTime where it would have to be made too late."""

        def made() -> Result:
            if time.monotonic() > self.until:
                raise OutOfTime
            print(f"{name} ...", flush=True)
            return make()

        return kept(self.folder, name, depends_on, made)


def measure(folder: Path, *, minutes: float) -> dict[str, float]:
    """Means over the seeds. Raises OutOfTime; called again, it goes on where it stopped."""
    bench = _Bench(folder=folder, until=time.monotonic() + 60 * minutes)
    workspace = Workspace(folder / "workspace")
    prompt = workspace.prompt("reviews", n_shots=0, train=_TRAIN, evaluation=_EVALUATION)
    text, code = prompt.read_text(encoding="utf-8"), own_code()

    def ours(seed: int) -> Result:
        with tuning(prompt, {}, seed=seed) as run:
            return _outcome(run, "packed")

    def plain(seed: int) -> Result:
        with _plain(prompt, seed) as run:
            return _outcome(run, "plain")

    shared = [bench.kept(f"ours-{seed}", [text, code], partial(ours, seed)) for seed in SEEDS]
    alone = [bench.kept(f"plain-{seed}", [text, code], partial(plain, seed)) for seed in SEEDS]
    best_rate, theirs = _best_rate(bench, workspace, shared)
    share = _mean(shared, "train_cpu_s") / _mean(theirs, "train_cpu_s")
    n_steps = max(1, round(share * _TRAIN["max_rows"] / BATCH_SIZE))
    short_rate, shortly = _best_rate(bench, workspace, shared, n_steps)
    return {
        "accuracy_320": _mean(shared, "tuned"),
        "accuracy_320_least": min(result["tuned"] for result in shared),
        "accuracy_320_base": _mean(shared, "base"),
        "accuracy_320_prompted": _mean(shared, "prompted"),
        "accuracy_320_tfidf": _mean(shared, "tfidf"),
        "accuracy_320_plain": _mean(alone, "tuned"),
        "accuracy_320_trl": _mean(theirs, "test"),
        "accuracy_320_trl_lr": best_rate,
        "accuracy_320_trl_same_minutes": _mean(shortly, "test"),
        "accuracy_320_trl_same_minutes_lr": short_rate,
        "accuracy_320_trl_same_minutes_steps": n_steps,
        "quality_cpu_s": _mean(shared, "train_cpu_s"),
        "quality_cpu_s_plain": _mean(alone, "train_cpu_s"),
        "quality_cpu_s_trl": _mean(theirs, "train_cpu_s"),
    }


def _outcome(run: Tuning, path: str) -> Result:
    """Accuracies on test by model, and what the steps took. Raises SystemExit on another path."""
    result: Result = {"run": str(run.run_dir.path), "train_cpu_s": 0.0}
    before = 0.0
    for seen in run.events():
        event = seen.record.event
        if isinstance(event, PathTaken) and event.path != path:
            raise SystemExit(f"{run.run_dir.path}: took the {event.path} path: {event.reason}")
        if isinstance(event, Step):
            result["train_cpu_s"] += seen.cpu_s - before
        if isinstance(event, Evaluation) and event.split == "test":
            result[event.model] = event.scores[0].value
        before = seen.cpu_s
    return result


@contextmanager
def _plain(prompt: Path, seed: int) -> Iterator[Tuning]:
    """The same run as a person's, on the plain path; it is stopped where it is left early."""
    began = time.monotonic()
    workspace = prompt.parent
    spec = plan_run(read_prompt(prompt, workspace), workspace, RunRequest(seed=seed))
    run_dir = RunDir(workspace / ".tunesmith" / "plain" / spec.run_id)
    run_dir.path.mkdir(parents=True)
    run_dir.spec_path.write_text(dumps(spec) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks._versus_plain", str(run_dir.path)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with (
        run_dir.log_path.open("ab") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=env),
    ):
        run = Tuning(run_dir, began)
        try:
            yield run
        finally:
            run.stop()


def _best_rate(
    bench: _Bench, workspace: Workspace, shared: Sequence[Result], n_steps: int = -1
) -> tuple[float, list[Result]]:
    """The rate with the best mean on validation, and its result for each seed; -1 is an epoch."""
    by_rate: dict[float, list[Result]] = {rate: [] for rate in RATES}
    for seed, result in zip(SEEDS, shared, strict=True):
        asked = workspace.asked(RunDir(Path(result["run"])), builtin_model())
        for rate, results in by_rate.items():
            results.append(_trl(bench, asked, rate, seed, n_steps))
    best = max(RATES, key=lambda rate: _mean(by_rate[rate], "validation"))
    for rate in RATES:
        print(f"TRL at {rate:g}, steps {n_steps}: {_mean(by_rate[rate], 'test'):.3f} on test")
    return best, by_rate[best]


def _trl(
    bench: _Bench, asked: dict[str, list[Asked]], rate: float, seed: int, n_steps: int
) -> Result:
    questions = {
        split: [_question(one) for one in asked[split]] for split in ("validation", "test")
    }
    task = {
        **rival_task(asked["train"], n_steps=n_steps, lr=rate, seed=seed),
        "checkpointing": False,
        "asked": questions,
    }

    def train() -> Result:
        found = compete("_versus_trl", task)
        return {**found["accuracy"], "train_cpu_s": sum(found["steps_s"])}

    length = "" if n_steps == -1 else f"-{n_steps}"
    return bench.kept(f"trl-{rate:g}-{seed}{length}", [task, library_versions()], train)


def _question(asked: Asked) -> Result:
    prompt = asked.row.ids[: asked.row.n_prompt]
    return {"prompt": prompt, "answers": asked.answers, "label": asked.label}


def _mean(results: Sequence[Result], name: str) -> float:
    return mean(result[name] for result in results)
