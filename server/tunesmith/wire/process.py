"""Which process is meant by a pid: numbers are used again, a start time is not."""

import os
import subprocess
import sys
import time
from pathlib import Path


def started_at(pid: int) -> float | None:
    """Start time of a living process in seconds, as the system counts it; None for no such process.

    On Linux it counts from boot, so that setting the clock changes nothing. A process that has
    ended and waits to be reaped is not alive.
    """
    if sys.platform == "linux":
        return _started_by_proc(pid)
    if os.name == "posix":
        return _started_by_ps(pid)
    return None


def is_alive(pid: int, started: float) -> bool:
    """Whether the process that had `pid` and started then is still there."""
    now = started_at(pid)
    return now is not None and abs(now - started) < 0.5


def _started_by_proc(pid: int) -> float | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the name in parentheses, and may hold spaces and parentheses itself.
    fields = stat[stat.rfind(")") + 2 :].split()
    state, ticks = fields[0], int(fields[19])
    return None if state in "ZX" else ticks / os.sysconf("SC_CLK_TCK")


def _started_by_ps(pid: int) -> float | None:
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    state, _, started = shown.stdout.strip().partition(" ")
    if not state or state.startswith("Z"):
        return None
    return time.mktime(time.strptime(started.strip(), "%a %b %d %H:%M:%S %Y"))
