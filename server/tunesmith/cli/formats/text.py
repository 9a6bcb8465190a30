"""For people: each finding with its place, its source line and carets; then the counts."""

import os
import sys

from tunesmith.cli.findings import Checked, Report, counted, short
from tunesmith.cli.format import Format
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Finding, Severity

STYLES: dict[Severity, str] = {
    "error": "1;31",
    "warning": "1;33",
    "information": "1;34",
    "hint": "2",
}
PLURALS = {"information": "information"}


def write(report: Report) -> str:
    """All findings, and a last line that counts them."""
    shown = [_shown(one, finding) for one in report.checked for finding in one.findings]
    counts = [counted(n, name, PLURALS.get(name)) for name, n in report.counts.items() if n]
    found = ", ".join(counts) or "nothing found"
    fixed = f"; {report.n_fixed} fixed" if report.n_fixed is not None else ""
    return "".join(shown) + f"{counted(len(report.checked), 'prompt')}: {found}{fixed}"


def _shown(one: Checked, finding: Finding) -> str:
    # Only now, since it brings the widths of all characters along.
    from tunesmith.cli.carets import carets, visible

    line, column = one.lines.position(finding.start, "utf-32")
    # As a path with a line, which terminals and editors make a link of.
    data = f"{short(finding.data_path)}:{finding.data_line}: " if finding.data_path else ""
    place = _styled(f"{one.target.shown}:{line + 1}:{column + 1}", "1")
    severity = _styled(finding.severity, STYLES[finding.severity])
    message = visible(f"{data}{finding.message}")
    source = carets(one.text, Span(finding.start, finding.end))
    return f"{place} {severity} {finding.rule}: {message}\n{source}\n\n"


def _styled(text: str, style: str) -> str:
    return f"\033[{style}m{text}\033[0m" if _has_colours() else text


def _has_colours() -> bool:
    is_dumb = os.environ.get("TERM") == "dumb" or "NO_COLOR" in os.environ
    return sys.stdout.isatty() and not is_dumb


FORMAT = Format("text", write)
