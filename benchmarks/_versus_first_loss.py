"""From the command to the first loss: wall seconds of somebody who has pressed the button."""

import statistics
from pathlib import Path

from benchmarks._tuning import tuning
from benchmarks._versus_rows import Workspace
from tunesmith.wire.events import Step

_WAITED_FOR = ("started", "plan", "evaluation", "preflight", "path", "step")


def measure(folder: Path, *, is_quick: bool) -> dict[str, float]:
    """The median of some starts, and how long it took up to each event on the way.

    The settings are those of the sample prompt, threads are torch's own choice, and files are in
    the system's cache: where the part stands alone, the first start brings them there.
    """
    prompt = Workspace(folder).prompt(
        "film-reviews",
        n_shots=0,
        train={"max_rows": 320, "eval_steps": 10},
        evaluation={"validation_rows": 100, "test_rows": 200},
    )
    starts = [_start(prompt) for _ in range(1 if is_quick else 4)]
    counted = starts[1:] or starts
    middle = sorted(counted, key=lambda start: start["step"])[len(counted) // 2]
    for name, wall_s in middle.items():
        print(f"first {name} after {wall_s:.1f} s")
    return {"first_loss_s": statistics.median(start["step"] for start in counted)}


def _start(prompt: Path) -> dict[str, float]:
    """Wall seconds up to the first event of each kind."""
    first: dict[str, float] = {}
    with tuning(prompt, {}, n_threads=None) as run:
        for seen in run.events():
            kind = seen.record.event.kind
            if kind in _WAITED_FOR:
                first.setdefault(kind, seen.wall_s)
            if isinstance(seen.record.event, Step):
                return first
    raise SystemExit(f"{run.run_dir.path}: ended without a step")
