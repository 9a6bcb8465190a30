"""What a person asks of `tunesmith check`, on the command line and in settings files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from tunesmith.cli.errors import CliError, tell
from tunesmith.cli.findings import short
from tunesmith.lint.near import did_you_mean
from tunesmith.lint.rule import Preset
from tunesmith.lint.selection import Selection, name_faults
from tunesmith.lint.settings import lint_settings


@dataclass(frozen=True, kw_only=True)
class Request:
    """The options of the command. Raises CliError where they do not fit together."""

    paths: Sequence[Path]
    output: str
    """Name of a format."""
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    preset: str | None
    fix: bool
    unsafe: bool
    diff: bool
    stdin_filename: Path | None
    baseline: Path | None
    write_baseline: bool

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not self.paths and self.stdin_filename is None:
            raise CliError("name a prompt or a folder to check, such as: tunesmith check .")
        if self.paths and self.stdin_filename is not None:
            raise CliError("--stdin-filename takes the text from stdin: leave the other paths out")
        if self.unsafe and not (self.fix or self.diff):
            raise CliError("--unsafe does nothing alone: add --fix or --diff")
        if self.fix + self.diff + self.write_baseline > 1:
            raise CliError("--fix, --diff and --write-baseline exclude each other: choose one")
        presets = get_args(Preset)
        if self.preset is not None and self.preset not in presets:
            near = did_you_mean(self.preset, presets)
            raise CliError(f'--preset: there is no "{self.preset}"{near}')
        for name, why in name_faults(self.select, self.ignore).items():
            raise CliError(f'"{name}" {why}')


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What each workspace says about rules, with the options of the command on top."""

    request: Request
    problems: list[str] = field(default_factory=list[str])
    """What the files of the workspaces asked about so far say wrong."""
    _selections: dict[Path, Selection] = field(default_factory=dict[Path, Selection])

    def selection_of(self, workspace: Path) -> Selection:
        """The rules that run there."""
        if workspace not in self._selections:
            settings = lint_settings(workspace)
            for problem in settings.problems:
                text = f"{short(str(problem.path))}:{problem.line}: {problem.message}"
                if problem.severity == "error":
                    self.problems.append(text)
                else:
                    tell(text)
            self._selections[workspace] = settings.selection.then(
                preset=cast("Preset | None", self.request.preset),
                select=self.request.select,
                ignore=self.request.ignore,
            )
        return self._selections[workspace]

    def baseline_of(self, workspace: Path) -> Path | None:
        """The file of known findings that counts there."""
        chosen = self.request.baseline
        return Path(os.path.realpath(chosen)) if chosen else lint_settings(workspace).baseline
