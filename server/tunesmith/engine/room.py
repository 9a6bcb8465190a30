"""Memory and disk: what there is, and the most that was taken."""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

import torch

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")
_MACHINE = Path("/proc/meminfo")
_LIMIT = Path("/sys/fs/cgroup/memory.max")
_USED = Path("/sys/fs/cgroup/memory.current")
_CONTENTS = Path("/sys/fs/cgroup/memory.stat")


def free_memory(device: torch.device) -> int:
    """Bytes that this process could hold on a device, those that it holds now among them.

    0 where the system does not say.
    """
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    free = _kilobytes(_MACHINE, "MemAvailable")
    if not free:
        return 0
    with suppress(OSError, ValueError):
        # A container may hold less than its machine has; without a limit the file says "max".
        used = int(_USED.read_text("ascii")) - _reclaimable()
        free = min(free, int(_LIMIT.read_text("ascii")) - used)
    return free + held_memory(device)


def _reclaimable() -> int:
    """Bytes of a container that are files read lately, which make room for whatever asks."""
    lines = _CONTENTS.read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))


def held_memory(device: torch.device) -> int:
    """Bytes that this process holds on a device; on the CPU, libraries and all.

    0 where the system does not say.
    """
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return _kilobytes(_STATUS, "VmRSS")


def reset_peak(device: torch.device) -> None:
    """Begin to watch for the most that is held; where a system cannot, since the process began."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    with suppress(OSError):
        _RESET.write_text("5", "ascii")


def peak_memory(device: torch.device) -> int:
    """Bytes that this process held at most on a device; on the CPU, libraries and all."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if peak := _kilobytes(_STATUS, "VmHWM"):
        return peak
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def free_disk(folder: Path) -> int:
    """Bytes that a process without privileges could write. Raises OSError."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _kilobytes(path: Path, name: str) -> int:
    """Bytes of one line of a file of the system that counts in kB; 0 where there is none."""
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError:
        return 0
    values = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return 1024 * int(values[0]) if values else 0
