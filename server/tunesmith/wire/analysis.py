"""Between the language server and the analysis worker: one JSON object a line, both ways."""

from dataclasses import dataclass
from typing import Literal

from tunesmith.wire.finding import Finding

STOP = ""
"""The line that takes back the question at work, for which there is a newer one."""


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
    findings: tuple[Finding, ...] = ()
    state: Literal["working", "stopped", "done"] = "done"
    """`working` comes every second of a long scan, before the answer itself, so that it can be
    told from one that hangs. `stopped` comes in place of the findings of a question taken back."""
