"""Worker processes for tests, as short programs."""

import sys


def script(body: str) -> tuple[str, ...]:
    """The command of a worker that does `body` for each request, a dict named `asked`."""
    head = "import json, os, sys, time\nfor line in sys.stdin:\n"
    head += "    if not line.strip():\n        continue\n    asked = json.loads(line)\n"
    return (sys.executable, "-c", head + "".join(f"    {line}\n" for line in body.splitlines()))


SAY = "print(json.dumps({}), flush=True)"
