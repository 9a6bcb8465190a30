"""`tunesmith check`: the rules, over any number of prompts."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tunesmith.cli.errors import CliError

PASSED_OVER = {"node_modules", "__pycache__"}


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"


Paths = Annotated[
    list[Path], typer.Argument(help="Prompts, and folders of prompts.", show_default=False)
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="json counts positions as the editor does: from 0.")
]


def check(paths: Paths, output: FormatOption = Format.TEXT) -> None:
    """Lint prompts and the data behind them.

    Exit code 0: nothing wrong; 1: an error or a warning; 2: it could not run.
    """
    from tunesmith.cli.findings import check_file, print_json, print_text, summarise

    checked = [check_file(path) for path in find_prompts(paths)]
    if output is Format.JSON:
        print_json(checked)
    else:
        print_text(checked)
    counts = summarise(checked)
    if counts["error"] or counts["warning"]:
        raise typer.Exit(1)


def find_prompts(paths: list[Path]) -> Iterator[Path]:
    """The prompts meant by `paths`, each once. Raises CliError for a path that is not there."""
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise CliError(f"there is no {path}")
        for found in sorted(_below(path)) if path.is_dir() else [path]:
            if found.resolve() not in seen:
                seen.add(found.resolve())
                yield found


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in PASSED_OVER:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)
        elif path.suffix == ".prompt":
            yield path
