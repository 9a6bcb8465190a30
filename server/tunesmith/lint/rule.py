"""What a rule is: a name, how grave its findings are, and what it needs to see."""

from dataclasses import dataclass
from typing import Literal

from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding, Fix, Severity

Where = Literal["text", "data"]


@dataclass(frozen=True, kw_only=True)
class DataLine:
    """A line of a data file, from 1."""

    path: str
    line: int


@dataclass(frozen=True)
class Rule:
    """One rule; its file in `rules/` has the same name and holds `check(loaded, facts)`."""

    name: str
    severity: Severity
    """Of its findings, unless one says otherwise."""
    where: Where = "text"
    """`text`: from the prompt alone, at every keystroke. `data`: reads the data set as well."""

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
