"""The house: what a reader may rely on wherever they look."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON_FILES = sorted((ROOT / "server").rglob("*.py"))
HEAVY = ("torch", "transformers", "numpy", "tokenizers", "jinja2")


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_short_and_says_what_it_is_for(path):
    text = path.read_text(encoding="utf-8")

    assert text.count("\n") <= 400
    assert text.startswith('"""') or not text.strip()


def test_the_language_server_is_light():
    code = f"import sys, tunesmith.lsp.server; print([m for m in {HEAVY} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
