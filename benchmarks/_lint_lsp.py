"""Keystroke to diagnostics, as an editor sees it: our server beside those of YAML and of Python."""

import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import _lint_texts
from benchmarks._lsp_client import Document, Server

YAML_SERVER = "yaml-language-server@2.0.0"
_PAUSE_S = 0.1
"""Between two keystrokes: a fast typist."""


@dataclass(frozen=True, kw_only=True)
class _Language:
    """One of the servers, and a file for it."""

    suffix: str
    """Of the names of its figures; empty for ours."""
    command: Sequence[str]
    file: str
    id: str
    text: Callable[[int], str]


@dataclass(kw_only=True)
class _Typing:
    """One open file and how long its keystrokes took."""

    server: Server
    document: Document
    cpu_before_s: float
    waits_s: list[float] = field(default_factory=list[float])

    @property
    def cpu_ms(self) -> float:
        """Processor time for one keystroke."""
        return 1000 * (self.server.cpu_s() - self.cpu_before_s) / len(self.waits_s)


def measure(*, is_quick: bool) -> dict[str, float]:
    """Figures of files of 50 and 2,000 lines by server, and of long prompts for ours alone."""
    n_letters = 12 if is_quick else 100
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        languages = _languages(folder)
        numbers: dict[str, float] = {}
        for n_lines in (50, 2000):
            numbers |= _beside(languages, n_lines, n_letters, folder)
        ours = languages[0]
        for n_lines in (1000, 5000, 20_000):
            typing = _open(ours, n_lines, folder)
            _type([typing], n_letters // 4)
            numbers[f"lines_{n_lines}_ms"] = 1000 * statistics.median(typing.waits_s)
            numbers[f"lines_{n_lines}_cpu_ms"] = typing.cpu_ms
            typing.server.close()
    return numbers


def _languages(folder: Path) -> list[_Language]:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        raise SystemExit("no ruff to compare with: install the development dependencies")
    ours = [sys.executable, "-m", "tunesmith", "serve"]
    return [
        _Language(
            suffix="", command=ours, file="a.prompt", id="dotprompt", text=_lint_texts.prompt
        ),
        _Language(
            suffix="_ruff",
            command=[ruff, "server"],
            file="a.py",
            id="python",
            text=_lint_texts.python,
        ),
        _Language(
            suffix="_yaml",
            command=_yaml_command(folder),
            file="a.yaml",
            id="yaml",
            text=_lint_texts.yaml,
        ),
    ]


def _yaml_command(folder: Path) -> list[str]:
    """The YAML server, fetched from npm. Raises SystemExit where it cannot be."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SystemExit("no node and npm to run yaml-language-server with: install them")
    install = [npm, "install", "--silent", "--prefix", str(folder / "npm"), YAML_SERVER]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    package = folder / "npm" / "node_modules" / "yaml-language-server"
    return [node, str(package / "bin" / "yaml-language-server"), "--stdio"]


def _beside(
    languages: Sequence[_Language], n_lines: int, n_letters: int, folder: Path
) -> dict[str, float]:
    """The servers by turns, a keystroke each, so that what else the machine does hits all alike."""
    numbers: dict[str, float] = {}
    typings = [_open(language, n_lines, folder) for language in languages]
    _type(typings, n_letters)
    for language, typing in zip(languages, typings, strict=True):
        name = f"{n_lines}{language.suffix}"
        numbers[f"keystroke_p50_ms_{name}"] = 1000 * statistics.median(typing.waits_s)
        numbers[f"keystroke_p95_ms_{name}"] = 1000 * statistics.quantiles(typing.waits_s, n=20)[-1]
        numbers[f"keystroke_cpu_ms_{name}"] = typing.cpu_ms
        typing.server.close()
    return numbers


def _open(language: _Language, n_lines: int, folder: Path) -> _Typing:
    server = Server(language.command, folder)
    document = server.open(language.file, language.id, language.text(n_lines))
    # What a server does once, at the first edit of all, is no keystroke's cost.
    document.type(0.5)
    document.take_back(0.5)
    return _Typing(server=server, document=document, cpu_before_s=server.cpu_s())


def _type(typings: Sequence[_Typing], n_letters: int) -> None:
    """Type and take back letters at random places, which are the same for all."""
    chance = random.Random(7)
    for _ in range(n_letters):
        place = chance.random()
        for edit in (Document.type, Document.take_back):
            for typing in typings:
                time.sleep(_PAUSE_S / len(typings))
                typing.waits_s.append(edit(typing.document, place))
