"""Results of long work, kept in a folder, so that a benchmark that was cut off goes on."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tunesmith

Result = dict[str, Any]


def kept(folder: Path, name: str, depends_on: object, make: Callable[[], Result]) -> Result:
    """The result of `make`, from the folder where it was made before.

    `depends_on` is all that it follows from, as JSON or text: with other values it is made anew.
    """
    digest = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:12]
    path = folder / f"{name}-{digest}.json"
    if path.is_file():
        return json.loads(path.read_text(encoding="utf-8"))
    result = make()
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(result), encoding="utf-8")
    unfinished.replace(path)
    return result


def own_code() -> str:
    """A hash of everything that a run's outcome can depend on in our own package."""
    root = Path(tunesmith.__file__).parent
    names = ("engine", "prompt", "data", "catalog", "plan", "metrics")
    files = sorted(path for name in names for path in (root / name).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
