"""`make bench`: every benchmark, written to `docs/benchmarks.md` with machine and date."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks._machine import machine

FOLDER = Path(__file__).parent
REPORT = FOLDER.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Run all, each in a process of its own, and write the report."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    # It has a command of its own, for not every machine can run it.
    names.remove("gpu")
    sections = [_section(name, _run(name)) for name in names]
    REPORT.write_text("\n".join([_head(), *sections]), encoding="utf-8", newline="\n")
    print(f"written: {REPORT}")


def _run(name: str) -> dict[str, float]:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--json", *sys.argv[1:]]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout)
    return json.loads(done.stdout.splitlines()[-1])


def _head() -> str:
    return f"# Benchmarks\n\nWritten by `make bench`.\n\n{machine()}\n"


def _section(name: str, numbers: dict[str, float]) -> str:
    rows = [f"| {key} | {value} |" for key, value in numbers.items()]
    return "\n".join([f"## {name}", "", "| | |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    main()
