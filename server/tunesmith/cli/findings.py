"""One prompt and what the rules found in it, as the command line hands it on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from tunesmith.cli.walk import Target
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.finding import Finding, Severity

if TYPE_CHECKING:
    from tunesmith.lint.facts import Facts
    from tunesmith.lint.selection import Selection
    from tunesmith.prompt.files import LoadedPrompt


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One prompt and what the rules found."""

    target: Target
    text: str
    findings: tuple[Finding, ...]

    @cached_property
    def lines(self) -> LineIndex:
        """Between offsets and places."""
        return LineIndex(self.text)

    def line_of(self, finding: Finding) -> str:
        """The source line on which a finding begins."""
        return self.lines.line_span(self.lines.position(finding.start)[0]).of(self.text)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that one run has to say about prompts."""

    checked: Sequence[Checked]
    problems: Sequence[str] = ()
    """Why some files could not be checked."""
    n_fixed: int | None = None
    """Repairs that were made; None where none were asked for."""

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        found = Counter(finding.severity for one in self.checked for finding in one.findings)
        return {name: found[name] for name in get_args(Severity)}

    @property
    def is_clean(self) -> bool:
        """Nothing has to be done."""
        return not (self.counts["error"] or self.counts["warning"])


def load(text: str, target: Target) -> "tuple[LoadedPrompt, Facts]":
    """A prompt with all that stands around it."""
    from tunesmith.lint.facts import gather
    from tunesmith.prompt.files import load_prompt

    loaded = load_prompt(text, target.path, target.workspace)
    return loaded, gather(loaded, target.workspace)


def findings_in(loaded: "LoadedPrompt", facts: "Facts", selection: "Selection") -> list[Finding]:
    """Run the rules over a prompt and its data."""
    from tunesmith.lint.run import lint_text

    findings = lint_text(loaded, facts, selection)
    if loaded.extension.has_training:
        # Only now, since it brings the tokenizers along.
        from tunesmith.analysis.check import check_data

        findings += check_data(loaded, facts.workspace, selection)
    return in_order(findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By their places in the prompt."""
    return sorted(findings, key=lambda finding: (finding.start, finding.end, finding.rule))


def counted(n: int, one: str, many: str | None = None) -> str:
    """A number and what is counted.

    >>> counted(1, "entry", "entries"), counted(2000, "finding")
    ('1 entry', '2,000 findings')
    """
    return f"1 {one}" if n == 1 else f"{n:,} {many or one + 's'}"


def short(path: str) -> str:
    """A path as a person in this folder would write it."""
    below, here = Path(path), Path.cwd()
    return str(below.relative_to(here) if below.is_relative_to(here) else below)
