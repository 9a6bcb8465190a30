"""What the settings files of a workspace say about rules."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

from tunesmith.lint.near import did_you_mean
from tunesmith.lint.rule import Preset
from tunesmith.lint.selection import RECOMMENDED, Selection, name_faults, rule_names
from tunesmith.settings import PROMPTLY_FILE, SETTINGS_FILES, SettingsTable, settings_tables

_KEYS = ("preset", "select", "ignore", "baseline")
_RULE_LISTS = ("select", "ignore")
_PROMPTLY_LISTS = ("allow", "deny")


@dataclass(frozen=True, kw_only=True)
class SettingsProblem:
    """Something in a settings file that cannot be followed."""

    path: Path
    line: int
    """From 1."""
    message: str
    severity: Literal["error", "information"] = "error"
    """`information`: in the file of another tool, which is passed over."""


@dataclass(frozen=True, kw_only=True)
class LintSettings:
    """The `[lint]` tables of a workspace, taken together."""

    selection: Selection = RECOMMENDED
    baseline: Path | None = None
    """File of known findings."""
    problems: tuple[SettingsProblem, ...] = ()
    """Whatever they speak of counts as not written."""


def lint_settings(workspace: Path) -> LintSettings:
    """As the files on disk have it now; read anew only where one of them has changed."""
    return _read(workspace, tuple(_stamp(workspace / name) for name in SETTINGS_FILES))


@lru_cache(maxsize=64)
def _read(workspace: Path, _stamps: tuple[object, ...]) -> LintSettings:
    selection, baseline = RECOMMENDED, None
    problems: list[SettingsProblem] = []
    for table in settings_tables(workspace):
        reader = _promptly if table.path.name == PROMPTLY_FILE else _own
        found = reader(table, selection)
        selection, baseline = found.selection, found.baseline or baseline
        problems += found.problems
    return LintSettings(selection=selection, baseline=baseline, problems=tuple(problems))


def _own(table: SettingsTable, before: Selection) -> LintSettings:
    lint = _mapping(table.values.get("lint"))
    problems = [*_faults_of(table, lint)]
    lists = {key: _names(lint.get(key)) for key in _RULE_LISTS}
    wrong = name_faults(lists["select"], lists["ignore"])
    problems += [_problem(table, name, f'"{name}" {why}') for name, why in wrong.items()]
    right = {key: [name for name in names if name not in wrong] for key, names in lists.items()}
    preset = lint.get("preset")
    return LintSettings(
        selection=before.then(
            preset=cast("Preset", preset) if preset in get_args(Preset) else None, **right
        ),
        baseline=_baseline(table, lint),
        problems=tuple(problems),
    )


def _promptly(table: SettingsTable, before: Selection) -> LintSettings:
    """The file of Google's linter: `allow` is our `ignore`, and `deny` makes errors of findings."""
    lint = _mapping(table.values.get("lint"))
    lists = {key: _names(lint.get(key)) for key in _PROMPTLY_LISTS}
    problems = [_problem(table, "", f"cannot be read: {table.fault}")] if table.fault else []
    known = {key: [name for name in names if name in rule_names()] for key, names in lists.items()}
    for key, names in lists.items():
        for name in names:
            # A rule that only the other linter has is no mistake.
            if name not in known[key]:
                message = f'"{name}" is no rule of Tunesmith and is passed over'
                line = table.line_of(f'"{name}"')
                problems.append(
                    SettingsProblem(
                        path=table.path, line=line, message=message, severity="information"
                    )
                )
    return LintSettings(
        selection=before.then(ignore=known["allow"], deny=known["deny"]), problems=tuple(problems)
    )


def _faults_of(table: SettingsTable, lint: dict[str, object]) -> Iterator[SettingsProblem]:
    """Whatever is wrong but for the names of rules."""
    if table.fault:
        yield _problem(table, "", f"cannot be read: {table.fault}")
    for key, value in table.values.items():
        if key != "lint":
            yield _problem(table, key, f'unknown key "{key}"{did_you_mean(key, ["lint"])}')
        elif not isinstance(value, dict):
            yield _problem(table, key, "lint must be a table, such as [lint]")
    for key, value in lint.items():
        if key not in _KEYS:
            yield _problem(table, key, f'unknown key "{key}" in lint{did_you_mean(key, _KEYS)}')
        elif key in _RULE_LISTS and not _is_names(value):
            yield _problem(table, key, f'{key} must be a list of rules, such as ["secret"]')
    presets = get_args(Preset)
    if "preset" in lint and lint["preset"] not in presets:
        yield _problem(table, "preset", f"preset must be one of {', '.join(presets)}")
    if "baseline" in lint and _baseline(table, lint) is None:
        yield _problem(table, "baseline", "baseline must name a file inside the workspace")


def _baseline(table: SettingsTable, lint: dict[str, object]) -> Path | None:
    name, workspace = lint.get("baseline"), table.path.parent
    if not isinstance(name, str) or not name or "\0" in name:
        return None
    path = Path(os.path.realpath(workspace / name))
    return path if path.is_relative_to(os.path.realpath(workspace)) else None


def _problem(table: SettingsTable, word: str, message: str) -> SettingsProblem:
    return SettingsProblem(path=table.path, line=table.line_of(word), message=message)


def _mapping(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) for item in cast("list[object]", value)
    )


def _names(value: object) -> list[str]:
    return list(cast("Iterable[str]", value)) if _is_names(value) else []


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
