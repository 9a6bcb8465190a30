"""`tunesmith fmt`: blanks inside tags and in the YAML head, all written alike."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunesmith.cli.errors import CliError, tell

if TYPE_CHECKING:
    from tunesmith.cli.prompts import Opened
    from tunesmith.cli.walk import Target

Paths = Annotated[
    list[Path], typer.Argument(help="Prompts, and folders of prompts.", show_default=False)
]
Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 if it would.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show what would change, and change nothing.")]
N_ROWS = 64
"""Rows of the prompt's data that must render as before."""


def fmt(paths: Paths, check: Check = False, diff: Diff = False) -> None:
    """Put blanks in order where a model never sees them: inside tags, and in the frontmatter.

    A prompt that would render otherwise is left as it is. Exit code 0: all are in order now;
    1: with --check, some are not; 2: a prompt could not be formatted.
    """
    from tunesmith.cli.walk import Walk

    walk = Walk()
    n_changed = 0
    for target in walk.targets(paths):
        try:
            n_changed += _format(target, check=check, diff=diff)
        except CliError as error:
            walk.problems.append(error)
    for problem in walk.problems:
        tell(str(problem))
    n_refused = len(walk.problems)
    verb = "would change" if check or diff else "changed"
    noun = "prompt" if n_changed == 1 else "prompts"
    if not diff:
        refused = f", {n_refused} could not be formatted" if n_refused else ""
        print(f"{n_changed} {noun} {verb}{refused}")
    if n_refused:
        raise typer.Exit(2)
    if check and n_changed:
        raise typer.Exit(1)


def _format(target: "Target", *, check: bool, diff: bool) -> bool:
    """Format one prompt; whether that changes it. Raises CliError."""
    from tunesmith.cli import fixes
    from tunesmith.cli.prompts import open_prompt
    from tunesmith.prompt.format import FormatError, format_prompt

    opened = open_prompt(target.path)
    before = opened.loaded.prompt.text
    try:
        after = format_prompt(opened.loaded, list(_rows(opened)))
    except FormatError as error:
        raise CliError(f"{target.shown}: {error}") from error
    if after == before:
        return False
    if diff:
        print(fixes.diff(target.shown, before, after), end="")
    elif not check:
        fixes.replace_file(target.path, before.encode("utf-8"), after)
    return True


def _rows(opened: "Opened") -> Iterator[dict[str, str]]:
    """Some rows of the prompt's data, if it has any that can be read."""
    from tunesmith.data.stream import Row, open_rows
    from tunesmith.lint.facts import gather

    keys = opened.loaded.extension.data
    files = gather(opened.loaded, opened.workspace).data
    for file in files[:1]:
        if keys and file.place == "present":
            try:
                rows = islice(open_rows(file.path), N_ROWS)
                yield from (keys.values(row.values) for row in rows if isinstance(row, Row))
            except OSError:
                return
