"""Run the rules over a prompt; findings come in the order of their places in it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from tunesmith.discover import discover
from tunesmith.lint.facts import DataFile, Facts
from tunesmith.lint.rows import KeyedScan, Memory, Note, RowScan, RowSource, read_files
from tunesmith.lint.rule import DataLine, Rule
from tunesmith.lint.rules import unused_suppression
from tunesmith.lint.selection import RECOMMENDED, Selection
from tunesmith.lint.suppress import Allow, allows, sift
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
    comments = allows(loaded.prompt)
    asked = _asked(selection, comments)
    found = [finding for rule in asked for finding in _check(rule, "check", loaded, facts)]
    found, unused = sift(found, loaded.prompt, comments)
    return _concluded(found, _unused_by_text(unused, asked, loaded), loaded, selection)


def lint_data(
    loaded: LoadedPrompt,
    facts: Facts,
    open_rows: Callable[[Path], RowSource],
    selection: Selection = RECOMMENDED,
    *,
    memory: Memory | None = None,
) -> list[Finding]:
    """What the data set and the model show. Reads every row once.

    With the `memory` of an earlier check of the same data, only scans that depend on what changed
    in the prompt see the rows again. Never raises, whatever the prompt and the data are;
    `open_rows` may raise OSError.
    """
    memory = {} if memory is None else memory
    comments = allows(loaded.prompt)
    asked = [rule for rule in _asked(selection, comments) if facts.model or not rule.needs_model]
    scans = [(rule, scan) for rule in asked if (scan := _begin(rule, loaded, facts))]
    guarded = [_Guarded(rule, scan, loaded, memory) for rule, scan in scans]
    unknown = [scan for scan in guarded if not scan.is_known]
    files = read_files(facts.data, open_rows, unknown, memory)
    facts = replace(facts, data=files)
    found = [finding for rule in asked for finding in _check(rule, "check_data", loaded, facts)]
    for scan in guarded:
        found.extend(scan.findings(files))
    found, unused = sift(found, loaded.prompt, comments)
    unused = _unused_by_data(unused, asked, loaded, facts)
    return _concluded(found, unused, loaded, selection)


def _asked(selection: Selection, comments: Sequence[Allow]) -> list[Rule]:
    """The rules that run: those chosen, and those named in comments, to see who needs these."""
    chosen = _chosen(selection)
    if not comments or unused_suppression.RULE not in chosen:
        return list(chosen)
    named = {comment.rule for comment in comments}
    return [rule for rule in rules().values() if rule in chosen or rule.name in named]


@lru_cache(maxsize=16)
def _chosen(selection: Selection) -> tuple[Rule, ...]:
    return tuple(selection.of(rules().values()))


def _unused_by_text(
    unused: Sequence[Allow], asked: Sequence[Rule], loaded: LoadedPrompt
) -> list[Allow]:
    """The comments that nothing needs, but for those that only the data can tell about."""
    if not unused:
        return []
    is_all = not loaded.extension.has_training
    judged = {rule.name for rule in asked if is_all or not _sees_data(rule)}
    return [comment for comment in unused if comment.rule in judged or comment.rule not in rules()]


def _unused_by_data(
    unused: Sequence[Allow], asked: Sequence[Rule], loaded: LoadedPrompt, facts: Facts
) -> list[Allow]:
    """The comments about data that nothing needs; none where some of the data cannot be seen."""
    if not unused or any(file.columns is None for file in facts.data):
        return []
    named = {comment.rule for comment in unused}
    judged = [rule for rule in asked if rule.name in named and _sees_data(rule)]
    about_text = [finding for rule in judged for finding in _check(rule, "check", loaded, facts)]
    _, unused = sift(about_text, loaded.prompt, unused)
    names = {rule.name for rule in judged}
    return [comment for comment in unused if comment.rule in names]


def _concluded(
    found: Iterable[Finding], unused: Sequence[Allow], loaded: LoadedPrompt, selection: Selection
) -> list[Finding]:
    """What a person is told, of all that the rules and the comments gave."""
    known = rules()
    more = unused_suppression.report(loaded.prompt.text, unused, known)
    told = [item for item in (*found, *more) if selection.has(known[item.rule])]
    return _ordered(selection.judged(item, known[item.rule]) for item in told)


def _sees_data(rule: Rule) -> bool:
    return bool(_function(rule, "scan") or _function(rule, "check_data"))


class _Guarded:
    """A scan that ends itself when it fails, and says so."""

    def __init__(self, rule: Rule, scan: RowScan, loaded: LoadedPrompt, memory: Memory) -> None:
        self._rule, self._scan, self._loaded, self._memory = rule, scan, loaded, memory
        self._key = (rule.name, scan.key) if isinstance(scan, KeyedScan) else None
        self._failure: Finding | None = None

    @property
    def is_known(self) -> bool:
        """An earlier scan said all that this one would."""
        return self._key in self._memory

    def row(self, file: DataFile, row: Any) -> None:
        if self._failure is None:
            try:
                self._scan.row(file, row)
            # A fault in one rule must not cost a person what all the others have to say.
            except Exception as error:
                self._failure = _failure(self._rule, self._loaded, error)

    def notes(self) -> Iterator[Note]:
        notes = tuple(self._memory[self._key] if self.is_known else self._scan.notes())
        if self._key:
            self._memory[self._key] = notes
        return iter(notes)

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
    return getattr(_module(rule.name), name, None)


@cache
def _module(name: str) -> ModuleType:
    return import_module(f"{_PACKAGE}.{name.replace('-', '_')}")


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.start, finding.end, finding.rule))
