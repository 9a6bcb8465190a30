"""What is made from code is fresh."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_generated_files_are_fresh():
    outputs = runpy.run_path(str(ROOT / "docs/generate.py"))["outputs"]()

    stale = [path.name for path, text in outputs.items() if path.read_text("utf-8") != text]

    assert stale == [], "run `make generate`"
