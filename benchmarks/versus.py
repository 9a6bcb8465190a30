"""Tunesmith beside what people would use instead: training, evaluation, waiting, and quality.

`python -m benchmarks.versus [--quick] [--json] [--part NAME ...] [--scratch DIR] [--minutes N]`

Everybody gets the same rows as the same tokens, one thread, and a process of its own; CPU seconds
count, save where somebody waits for the first loss. Quality takes hours of training: its results
are kept in the scratch folder, and a call that ran out of its minutes is repeated to go on.
"""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks import _versus_first_loss, _versus_quality, _versus_speed
from benchmarks._train_steps import builtin_model
from benchmarks._versus_process import compete
from benchmarks._versus_rows import N_SHOTS, Asked, Workspace
from tunesmith.prompt.encode import Encoder

PARTS = ("first-loss", "speed", "evaluation", "quality")
QUICK = ("first-loss", "speed", "evaluation")


def evaluation(folder: Path, *, is_quick: bool) -> dict[str, float]:
    """Ours against generation row by row and against one forward pass for each label."""
    n_rows = 10 if is_quick else 100
    workspace = Workspace(folder)
    model = builtin_model()
    asked = workspace.sample(N_SHOTS, n_rows, model)
    result = compete(
        "_versus_eval",
        {
            "model": model.path,
            "pad_id": Encoder.load(Path(model.path)).eos_ids[0],
            "rows": [_question(one) for one in asked],
        },
    )
    seconds = result["seconds"]
    return {
        "eval_s": seconds["ours"],
        "eval_vs_generation": seconds["generation"] / seconds["ours"],
        "eval_vs_per_label": seconds["per_label"] / seconds["ours"],
        "eval_same_label": result["n_same"] / n_rows,
        "eval_unreadable_generations": result["n_unread"] / n_rows,
    }


def _question(asked: Asked) -> dict[str, object]:
    return {"prompt": asked.row.ids[: asked.row.n_prompt], "answers": asked.answers}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute; no quality")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    parser.add_argument("--scratch", type=Path, help="where results of quality are kept")
    parser.add_argument("--minutes", type=float, default=120.0, help="for quality")
    asked = parser.parse_args()
    parts = asked.part or (QUICK if asked.quick else PARTS)
    numbers: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        if "first-loss" in parts:
            numbers |= _versus_first_loss.measure(folder / "first", is_quick=asked.quick)
        if "speed" in parts:
            numbers |= _versus_speed.measure(folder / "speed", is_quick=asked.quick)
        if "evaluation" in parts:
            numbers |= evaluation(folder / "evaluation", is_quick=asked.quick)
    if "quality" in parts:
        numbers |= _quality(asked.scratch, asked.minutes)
    for name, value in numbers.items():
        print(f"{name:32} {value:10.3f}")
    if asked.json:
        print(json.dumps({name: float(f"{value:.4g}") for name, value in numbers.items()}))


def _quality(scratch: Path | None, minutes: float) -> dict[str, float]:
    """Raises SystemExit where the minutes were too few."""
    folder = scratch or Path(tempfile.gettempdir()) / "tunesmith-versus"
    try:
        return _versus_quality.measure(folder.resolve(), minutes=minutes)
    except _versus_quality.OutOfTime:
        message = f"{minutes:g} minutes were too few for quality; what is done lies in {folder}"
        raise SystemExit(f"{message}: call again to go on") from None


if __name__ == "__main__":
    main()
