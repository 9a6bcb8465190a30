"""`tunesmith check FOLDER` over a thousand prompts, with an empty cache and with a full one."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import _lint_texts

_N_FILES = 1000
_N_LINES = 30


def measure(*, is_quick: bool) -> dict[str, float]:
    """Seconds by the clock and of processor time, the best of a few. Raises SystemExit."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "prompts"
        folder.mkdir()
        for number in range(_N_FILES):
            text = _lint_texts.prompt(_N_LINES) + f"This is prompt {number}.\n"
            (folder / f"p{number}.prompt").write_text(text, encoding="utf-8", newline="\n")
        cold: list[tuple[float, float]] = []
        warm: list[tuple[float, float]] = []
        for turn in range(2 if is_quick else 5):
            cache = Path(temporary) / f"cache{turn}"
            cold.append(_check(folder, cache))
            warm.append(_check(folder, cache))
    return {
        "files_1000_cold_s": min(wall_s for wall_s, _ in cold),
        "files_1000_cold_cpu_s": min(cpu_s for _, cpu_s in cold),
        "files_1000_warm_s": min(wall_s for wall_s, _ in warm),
        "files_1000_warm_cpu_s": min(cpu_s for _, cpu_s in warm),
    }


def _check(folder: Path, cache: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "tunesmith", "check", str(folder)]
    environment = {**os.environ, "TUNESMITH_CACHE": str(cache)}
    cpu_before, start = os.times(), time.perf_counter()
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    wall_s, cpu_after = time.perf_counter() - start, os.times()
    if done.returncode != 0:
        raise SystemExit(f"the check of {folder} ended with {done.returncode}, not with 0")
    cpu_s = cpu_after.children_user - cpu_before.children_user
    return wall_s, cpu_s + cpu_after.children_system - cpu_before.children_system
