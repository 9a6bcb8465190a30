"""What is made from code is fresh."""

import runpy
from pathlib import Path

from tunesmith.lint import settings

ROOT = Path(__file__).parents[1]


def test_generated_files_are_fresh():
    outputs = runpy.run_path(str(ROOT / "docs/generate.py"))["outputs"]()

    stale = [path.name for path, text in outputs.items() if path.read_text("utf-8") != text]

    assert stale == [], "run `make generate`"


def test_every_key_of_a_workspace_is_described():
    described = (ROOT / "docs/settings.md").read_text("utf-8")

    assert [key for key in settings._KEYS if f"\n{key} = " not in described] == []
