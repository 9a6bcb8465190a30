"""What a format of findings is."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from tunesmith.cli import formats
from tunesmith.cli.errors import CliError
from tunesmith.cli.findings import Checked, Report
from tunesmith.wire.finding import Edit, Finding


@dataclass(frozen=True)
class Format:
    """One way to write a report."""

    name: str
    """As `--format` takes it."""
    write: Callable[[Report], str]
    """The whole of it, without a newline at its end."""


def format_of(name: str) -> Format:
    """The format of that name. Raises CliError."""
    known = sorted(module.name for module in iter_modules(formats.__path__))
    if name not in known:
        raise CliError(f'--format: there is no "{name}"; there are {", ".join(known)}')
    # Not all of them, since one brings every rule along.
    return import_module(f"{formats.__name__}.{name}").FORMAT


@dataclass(frozen=True, kw_only=True)
class Region:
    """Lines and columns, both from 0, columns in UTF-16 units; the end is not part of it."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


def region_of(one: Checked, place: Finding | Edit) -> Region:
    """Where a finding or an edit lies."""
    start_line, start_column = one.lines.position(place.start)
    end_line, end_column = one.lines.position(place.end)
    return Region(
        start_line=start_line,
        start_column=start_column,
        end_line=end_line,
        end_column=end_column,
    )
