"""`tunesmith fmt`: blanks inside tags and in the YAML head, all written alike."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunesmith.cli.errors import CliError, tell

if TYPE_CHECKING:
    from tunesmith.cli.walk import Target
    from tunesmith.lint.facts import Facts
    from tunesmith.prompt.files import LoadedPrompt

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
    from tunesmith.cli.findings import counted
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
    if not diff:
        verb = "would change" if check else "changed"
        refused = f", {n_refused} could not be formatted" if n_refused else ""
        print(f"{counted(n_changed, 'prompt')} {verb}{refused}")
    if n_refused:
        raise typer.Exit(2)
    if check and n_changed:
        raise typer.Exit(1)


def _format(target: "Target", *, check: bool, diff: bool) -> bool:
    """Format one prompt; whether that changes it. Raises CliError."""
    from tunesmith.cli import fixes
    from tunesmith.cli.findings import load
    from tunesmith.cli.reading import decode_prompt, read_bytes
    from tunesmith.prompt.format import FormatError, format_prompt

    before = decode_prompt(target.shown, read_bytes(target.path, target.shown))
    loaded, facts = load(before, target)
    try:
        after = format_prompt(loaded, list(_rows(loaded, facts)))
    except FormatError as error:
        raise CliError(f"{target.shown}: {error}") from error
    if after == before:
        return False
    if diff:
        print(fixes.diff(target.shown, before, after), end="")
    elif not check:
        fixes.replace_file(target.path, before.encode("utf-8"), after)
    return True


def _rows(loaded: "LoadedPrompt", facts: "Facts") -> Iterator[dict[str, object]]:
    """Some rows of the prompt's data, if it has any that can be read."""
    from tunesmith.data.stream import Row, open_rows

    keys = loaded.extension.data
    for file in facts.data[:1]:
        if keys and file.place == "present":
            try:
                rows = islice(open_rows(file.path, keys.target), N_ROWS)
                yield from (keys.values(row.given) for row in rows if isinstance(row, Row))
            except OSError:
                return
