"""Steps and memory: a real tuning run beside the trainers that people would take instead.

All learn the same tokens of the same rows in batches of eight, in the number format that is the
fastest here, on one thread; the contestants take turns. A first step, in which a process warms up,
does not count. Our memory is that of the whole job so far: base evaluation, self-check and steps.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks._train_steps import builtin_model
from benchmarks._tuning import Tuning, tuning
from benchmarks._versus_process import Task, compete
from benchmarks._versus_rows import N_SHOTS, Asked, Workspace
from tunesmith.prompt.encode import Encoder
from tunesmith.wire.events import PathTaken, Step

BATCH_SIZE = 8
_N_OURS = 8


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How one contestant did in one round."""

    step_s: float
    """CPU seconds, median of its steps."""
    peak_bytes: int

    @property
    def examples_s(self) -> float:
        """Rows a CPU second."""
        return BATCH_SIZE / self.step_s


@dataclass(frozen=True, kw_only=True)
class Rival:
    """Somebody else's trainer."""

    module: str
    n_steps: int
    more: Mapping[str, bool]


TRL = Rival(module="_versus_trl", n_steps=4, more={"checkpointing": False})
TRL_CHECKPOINTED = Rival(module="_versus_trl", n_steps=3, more={"checkpointing": True})
GUIDE = Rival(module="_versus_guide", n_steps=4, more={})


def measure(folder: Path, *, is_quick: bool) -> dict[str, float]:
    """Figures of both prompts; the quick one leaves out what takes long."""
    workspace = Workspace(folder)
    if is_quick:
        ours, (trl,) = _rounds(workspace, 0, (TRL,), n_rounds=1)
        return {"examples_s_vs_trl_0shot": _faster(ours, trl)}
    ours, (trl, checkpointed) = _rounds(workspace, N_SHOTS, (TRL, TRL_CHECKPOINTED), n_rounds=2)
    numbers = {
        "examples_s_8shot": _middle([pace.examples_s for pace in ours]),
        "examples_s_8shot_trl": _middle([pace.examples_s for pace in trl]),
        "examples_s_vs_trl": _faster(ours, trl),
        "examples_s_vs_trl_checkpointed": _faster(ours, checkpointed),
        "peak_gb_8shot": _peak(ours) / 1e9,
        "peak_gb_8shot_trl": _peak(trl) / 1e9,
        "peak_memory_vs_trl": _peak(ours) / _peak(trl),
        "peak_memory_vs_trl_checkpointed": _peak(ours) / _peak(checkpointed),
    }
    ours, (trl, guide) = _rounds(workspace, 0, (TRL, GUIDE), n_rounds=2)
    return numbers | {
        "examples_s_vs_trl_0shot": _faster(ours, trl),
        "examples_s_vs_guide": _faster(ours, guide),
        "peak_memory_vs_guide": _peak(ours) / _peak(guide),
    }


def _rounds(
    workspace: Workspace, n_shots: int, rivals: tuple[Rival, ...], *, n_rounds: int
) -> tuple[list[Pace], list[list[Pace]]]:
    """We and each rival, by turns."""
    ours: list[Pace] = []
    theirs: list[list[Pace]] = [[] for _ in rivals]
    for _ in range(n_rounds):
        pace, rows = _ours(workspace, n_shots)
        ours.append(pace)
        _show("tunesmith", n_shots, pace)
        for rival, paces in zip(rivals, theirs, strict=True):
            paces.append(_theirs(rival, rows))
            _show(f"{rival.module} {dict(rival.more)}", n_shots, paces[-1])
    return ours, theirs


def _ours(workspace: Workspace, n_shots: int) -> tuple[Pace, list[Asked]]:
    """A run's pace, and the rows that it trained on. Raises SystemExit where nothing is shared."""
    n_rows = 2 * BATCH_SIZE * _N_OURS
    prompt = workspace.prompt(
        f"shots{n_shots}",
        n_shots=n_shots,
        train={"max_rows": n_rows, "batch_size": BATCH_SIZE, "eval_steps": 1000},
        evaluation={"validation_rows": 20, "test_rows": 20},
    )
    with tuning(prompt, {}) as run:
        pace = _pace(run)
    return pace, workspace.asked(run.run_dir, builtin_model())["train"]


def _pace(run: Tuning) -> Pace:
    ends: list[float] = []
    for seen in run.events():
        event = seen.record.event
        if isinstance(event, PathTaken) and event.path != "packed":
            raise SystemExit(f"the run took the {event.path} path: {event.reason}")
        if isinstance(event, Step):
            ends.append(seen.cpu_s)
        if len(ends) > _N_OURS:
            return Pace(step_s=_between(ends), peak_bytes=seen.peak_bytes)
    raise SystemExit(f"{run.run_dir.path}: ended after {len(ends)} steps")


def _between(ends: list[float]) -> float:
    return _middle([end - start for start, end in pairwise(ends)])


def _theirs(rival: Rival, rows: list[Asked]) -> Pace:
    result = compete(rival.module, rival_task(rows, n_steps=rival.n_steps) | dict(rival.more))
    return Pace(step_s=_middle(result["steps_s"][1:]), peak_bytes=result["peak_bytes"])


def rival_task(rows: list[Asked], *, n_steps: int, lr: float = 1e-3, seed: int = 0) -> Task:
    """What a rival is told: the model, the rows as tokens, and how far to go; -1 is one epoch."""
    model = builtin_model()
    return {
        "model": model.path,
        "pad_id": Encoder.load(Path(model.path)).eos_ids[0],
        "rows": [{"ids": asked.row.ids, "mask": asked.row.mask} for asked in rows],
        "n_steps": n_steps,
        "lr": lr,
        "seed": seed,
        "asked": {},
    }


def _faster(ours: list[Pace], theirs: list[Pace]) -> float:
    """Round by round, how many times more rows a second we learn from; the median."""
    pairs = zip(ours, theirs, strict=True)
    return _middle([one.examples_s / other.examples_s for one, other in pairs])


def _peak(paces: list[Pace]) -> float:
    return _middle([float(pace.peak_bytes) for pace in paces])


def _middle(values: list[float]) -> float:
    return statistics.median(values)


def _show(name: str, n_shots: int, pace: Pace) -> None:
    print(
        f"{n_shots}-shot, {name}: {pace.step_s:.2f} CPU s a step, "
        f"{pace.peak_bytes / 1e9:.1f} GB at most",
        flush=True,
    )
