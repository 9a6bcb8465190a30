"""What a rule is: a name, how grave its findings are, and what it needs to see."""

from dataclasses import dataclass
from typing import Literal

from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding, Fix, Severity

Preset = Literal["recommended", "strict"]


@dataclass(frozen=True, kw_only=True)
class DataLine:
    """A line of a data file, from 1."""

    path: str
    line: int


@dataclass(frozen=True)
class Rule:
    """One rule. Its file in `rules/` has the same name and holds one or more of these functions.

    `check(loaded, facts)` yields findings from the prompt alone, at every keystroke.
    `check_data(loaded, facts)` does so once the data set and the model are known.
    `scan(loaded, facts)` gives a `RowScan` that sees every row, or None where it has no need to.
    """

    name: str
    severity: Severity
    """Of its findings, unless one says otherwise."""
    preset: Preset | None = "recommended"
    """The smallest preset that has the rule; None: only where it is selected by name."""
    strict_severity: Severity | None = None
    """Of its findings in the preset `strict`; None: the same."""
    needs_model: bool = False
    """Its `check_data` or `scan` is left out where `facts.model` is None."""

    def at(
        self,
        span: Span,
        message: str,
        *,
        severity: Severity | None = None,
        data: DataLine | None = None,
        fix: Fix | None = None,
    ) -> Finding:
        """A finding of this rule at a place in the prompt."""
        return Finding(
            rule=self.name,
            severity=severity or self.severity,
            message=message,
            start=span.start,
            end=span.end,
            data_path=data.path if data else None,
            data_line=data.line if data else None,
            fix=fix,
        )
