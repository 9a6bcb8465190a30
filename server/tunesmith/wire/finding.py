"""What a rule says: about the prompt, or about a line of the data behind it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "information", "hint"]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Replace the text from `start` to `end` (code points) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A repair; attached only where exactly one is right."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool
    """It cannot change what a correct prompt means."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing one rule found."""

    rule: str
    severity: Severity
    message: str
    start: int
    """Code point offsets into the prompt's text, wherever the fault itself lies."""
    end: int
    data_path: str | None = None
    """Absolute path of the data file, where the fault lies in one."""
    data_line: int | None = None
    """Line of that file, from 1."""
    fix: Fix | None = None
