"""Between the language server and the analysis worker: one JSON object a line, both ways."""

from dataclasses import dataclass

from tunesmith.wire.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Analyse:
    """Run the rules that need the data set over one prompt."""

    id: int
    path: str
    """Absolute path of the prompt."""
    workspace: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """What they found, for every file they point into."""

    id: int
    findings: tuple[Finding, ...]
