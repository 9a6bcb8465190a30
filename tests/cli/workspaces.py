"""A small workspace on disk, and the command line run in it as a person runs it."""

import csv
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

PROMPT = """---
model: local/tiny
input:
  schema:
    review: string
tunesmith.task: classification
tunesmith.data:
  train: ../data/films.csv
  target: sentiment
  columns:
    review: text
tunesmith.train:
  base: local/tiny
tunesmith.preview:
  max_new_tokens: 8
---
{{role "system"}}Say whether the film review is positive or negative.
{{role "user"}}Review: {{review}}"""


def make_workspace(folder: Path, prompt: str = PROMPT, n_rows: int = 40) -> Path:
    """`folder` with `prompts/films.prompt` and its data; the path of the prompt."""
    (folder / "tunesmith.toml").touch()
    (folder / "prompts").mkdir()
    (folder / "data").mkdir()
    with (folder / "data" / "films.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "sentiment"])
        for number in range(1, n_rows + 1):
            word, label = ("good", "positive") if number % 2 else ("dull", "negative")
            writer.writerow([f"r{number}", f"A {word} film, number {number}", label])
    path = folder / "prompts" / "films.prompt"
    path.write_text(prompt, encoding="utf-8")
    return path


def start(*args: object, cwd: Path, python: str = sys.executable) -> subprocess.Popen[str]:
    """The command line, left running; `python` is what it takes for the engine's Python."""
    return subprocess.Popen(
        [sys.executable, "-m", "tunesmith", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "TUNESMITH_ENGINE_PYTHON": python},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # Whoever runs the tests in the background has Ctrl-C ignored, and hands that on.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def read_line(process: subprocess.Popen[str]) -> str:
    """The next line it prints."""
    assert process.stdout
    return process.stdout.readline()


def tunesmith(*args: object, cwd: Path, env: dict[str, str] | None = None):
    """Run the command line; text in and out."""
    return subprocess.run(
        [sys.executable, "-m", "tunesmith", *map(str, args)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        encoding="utf-8",
    )
