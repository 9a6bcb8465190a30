"""What most commands begin with: a prompt, its workspace, and the row to put into it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tunesmith.cli.errors import CliError
from tunesmith.cli.reading import decode_prompt, read_bytes
from tunesmith.data.stream import Row, open_rows
from tunesmith.lint.inputs import declared_inputs, takes_whole_row
from tunesmith.lint.near import did_you_mean
from tunesmith.prompt import example
from tunesmith.prompt.example import Example
from tunesmith.prompt.files import LoadedPrompt, load_prompt
from tunesmith.prompt.render import RenderError
from tunesmith.prompt.text import LineIndex
from tunesmith.prompt.variables import variables
from tunesmith.settings import find_workspace


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A prompt on disk."""

    loaded: LoadedPrompt
    workspace: Path


def open_prompt(path: Path) -> Opened:
    """Read the prompt at `path` as its workspace sees it. Raises CliError."""
    text = decode_prompt(path, read_bytes(path))
    workspace = find_workspace(path)
    loaded = load_prompt(text, path.resolve(), workspace)
    return Opened(loaded=loaded, workspace=workspace)


def parse_pairs(pairs: list[str], option: str) -> dict[str, str]:
    """`name=value` arguments as a dictionary. Raises CliError."""
    split = [pair.partition("=") for pair in pairs]
    for name, equals, _ in split:
        if not equals or not name:
            raise CliError(f"{option} {name}: write it as name=value")
    return {name: value for name, _, value in split}


def chosen_values(opened: Opened, row: int | None, inputs: list[str]) -> Mapping[str, object]:
    """Values for the template: those of `--input`, or of a row of the data, the first by default.

    A prompt that needs no values from outside gets none. Raises CliError.
    """
    if inputs and row is not None:
        raise CliError("--row and --input exclude each other: choose one")
    if row is None and not inputs and not _needs_values(opened.loaded):
        return {}
    if not inputs:
        return row_values(opened, row or 1)
    values = parse_pairs(inputs, "--input")
    _refuse_unused(opened.loaded, values)
    return values


def _refuse_unused(loaded: LoadedPrompt, values: Mapping[str, object]) -> None:
    """A misspelt name would leave a hole in the prompt, without a word."""
    if takes_whole_row(loaded.prompt.template, loaded.partials):
        return
    declared = declared_inputs(loaded)
    used = {use.name for use in variables(loaded.prompt, loaded.partials)}
    known = used | set(declared.declared if declared else ())
    for name in values:
        if name not in known:
            near = did_you_mean(name, sorted(known))
            raise CliError(f"--input {name}: {loaded.path.name} has no such variable{near}")


def _needs_values(loaded: LoadedPrompt) -> bool:
    used = {use.name for use in variables(loaded.prompt, loaded.partials)}
    return loaded.extension.data is not None or not used <= set(loaded.prompt.defaults)


def row_values(opened: Opened, number: int) -> Mapping[str, object]:
    """Row `number` (from 1) of the prompt's data, by the template's names. Raises CliError."""
    prompt_path, data = opened.loaded.path, opened.loaded.extension.data
    if data is None or data.train is None:
        raise CliError(
            f"{prompt_path.name} names no data: give values with --input name=value, "
            'or name a file: "tunesmith.data: {train: FILE}"'
        )
    try:
        path = (prompt_path.parent / data.train).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise CliError(f"{data.train!r} is no path: {error}") from error
    if not path.is_relative_to(opened.workspace):
        raise CliError(f"{data.train} lies outside the workspace {opened.workspace}: move it in")
    n_rows = 0
    try:
        # One row at a time, since a file may be larger than memory.
        for n_rows, row in enumerate(_rows(path, data.target), start=1):
            if n_rows == number:
                return data.values(row.given)
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror}") from error
    raise CliError(f"{path} has no row {number}: it has {n_rows} rows")


def _rows(path: Path, target: str | None) -> Iterator[Row]:
    return (item for item in open_rows(path, target) if isinstance(item, Row))


def make_example(opened: Opened, values: Mapping[str, object]) -> Example:
    """The prompt with `values` in it, as a job makes it. Raises CliError."""
    try:
        return example.make_example(opened.loaded, values)
    except RenderError as error:
        line, _ = LineIndex(opened.loaded.prompt.text).position(error.span.start)
        raise CliError(f"{opened.loaded.path}:{line + 1}: {error}") from error
