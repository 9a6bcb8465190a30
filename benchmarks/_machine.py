"""What figures were taken on."""

import os
import platform
import time
from pathlib import Path


def machine() -> str:
    """Date, processor, system and Python, in one sentence."""
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores of {_cpu()}, {platform.system()}, "
        f"Python {platform.python_version()}."
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
