"""Run the rules over a prompt; findings come in the order of their places in it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from tunesmith.discover import discover
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rows import Note, RowScan, RowSource, pass_over
from tunesmith.lint.rule import DataLine, Rule
from tunesmith.lint.selection import RECOMMENDED, Selection
from tunesmith.lint.suppress import unsuppressed
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding

_PACKAGE = "tunesmith.lint.rules"
logger = logging.getLogger(__name__)


@cache
def rules() -> dict[str, Rule]:
    """Every rule, by name."""
    return discover(_PACKAGE, "RULE", Rule)


def lint_text(
    loaded: LoadedPrompt, facts: Facts, selection: Selection = RECOMMENDED
) -> list[Finding]:
    """What the prompt alone shows. Never raises, whatever the prompt is."""
    chosen = selection.of(rules().values())
    found = [finding for rule in chosen for finding in _check(rule, "check", loaded, facts)]
    return _ordered(unsuppressed(found, loaded.prompt))


def lint_data(
    loaded: LoadedPrompt,
    facts: Facts,
    open_rows: Callable[[Path], RowSource],
    selection: Selection = RECOMMENDED,
) -> list[Finding]:
    """What the data set and the model show. Reads every row once.

    Never raises, whatever the prompt and the data are; `open_rows` may raise OSError.
    """
    chosen = [
        rule for rule in selection.of(rules().values()) if facts.model or not rule.needs_model
    ]
    scans = [(rule, scan) for rule in chosen if (scan := _begin(rule, loaded, facts))]
    guarded = [_Guarded(rule, scan, loaded) for rule, scan in scans]
    files = tuple(_read(file, open_rows, guarded) for file in facts.data)
    facts = replace(facts, data=files)
    found = [finding for rule in chosen for finding in _check(rule, "check_data", loaded, facts)]
    for scan in guarded:
        found.extend(scan.findings(files))
    return _ordered(unsuppressed(found, loaded.prompt))


class _Guarded:
    """A scan that ends itself when it fails, and says so."""

    def __init__(self, rule: Rule, scan: RowScan, loaded: LoadedPrompt) -> None:
        self._rule, self._scan, self._loaded = rule, scan, loaded
        self._failure: Finding | None = None

    def row(self, file: DataFile, row: Any) -> None:
        if self._failure is None:
            try:
                self._scan.row(file, row)
            # A fault in one rule must not cost a person what all the others have to say.
            except Exception as error:
                self._failure = _failure(self._rule, self._loaded, error)

    def notes(self) -> Iterator[Note]:
        return self._scan.notes()

    def findings(self, files: Sequence[DataFile]) -> list[Finding]:
        by_key = {file.key: file for file in files}
        if self._failure is None:
            try:
                return [_finding(self._rule, by_key[note.key], note) for note in self.notes()]
            except Exception as error:
                self._failure = _failure(self._rule, self._loaded, error)
        return [self._failure]


def _finding(rule: Rule, file: DataFile, note: Note) -> Finding:
    line = None if note.line is None else DataLine(path=str(file.path), line=note.line)
    return rule.at(file.span, note.message, severity=note.severity, data=line)


def _read(
    file: DataFile, open_rows: Callable[[Path], RowSource], scans: Sequence[RowScan]
) -> DataFile:
    if file.place != "present":
        return file
    try:
        return pass_over(file, open_rows(file.path), scans)
    except OSError as error:
        return replace(file, fault=error.strerror or str(error))


def _begin(rule: Rule, loaded: LoadedPrompt, facts: Facts) -> RowScan | None:
    scan = _function(rule, "scan")
    try:
        return scan(loaded, facts) if scan else None
    except Exception as error:
        _failure(rule, loaded, error)
        return None


def _check(rule: Rule, function: str, loaded: LoadedPrompt, facts: Facts) -> list[Finding]:
    check = _function(rule, function)
    try:
        return list(check(loaded, facts)) if check else []
    # A fault in one rule must not cost a person what all the others have to say.
    except Exception as error:
        return [_failure(rule, loaded, error)]


def _failure(rule: Rule, loaded: LoadedPrompt, error: Exception) -> Finding:
    logger.error("the rule %s failed on %s", rule.name, loaded.path, exc_info=error)
    message = f"the rule {rule.name} could not judge this prompt ({type(error).__name__})"
    return Finding(rule=rule.name, severity="information", message=message, start=0, end=0)


def _function(rule: Rule, name: str) -> Any:
    return getattr(import_module(f"{_PACKAGE}.{rule.name.replace('-', '_')}"), name, None)


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.start, finding.end, finding.rule))
