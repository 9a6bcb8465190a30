"""For GitHub Actions: workflow commands, which it shows beside the lines of a pull request."""

from tunesmith.cli.findings import Checked, Report, short
from tunesmith.cli.format import Format, region_of
from tunesmith.wire.finding import Finding, Severity

COMMANDS: dict[Severity, str] = {
    "error": "error",
    "warning": "warning",
    "information": "notice",
    "hint": "notice",
}
_IN_MESSAGE = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ord(":"): "%3A", ord(","): "%2C"}


def write(report: Report) -> str:
    """One command a line; what could not be checked is an error, too."""
    lines = [_command(one, finding) for one in report.checked for finding in one.findings]
    lines += [f"::error title=tunesmith::{_message(problem)}" for problem in report.problems]
    return "\n".join(lines)


def _command(one: Checked, finding: Finding) -> str:
    found = region_of(one, finding)
    properties = {"file": one.target.shown, "line": found.start_line + 1}
    # A command with columns may not go over several lines.
    if found.end_line == found.start_line:
        last = max(found.end_column, found.start_column + 1)
        properties |= {"col": found.start_column + 1, "endColumn": last}
    properties |= {"endLine": found.end_line + 1, "title": f"tunesmith {finding.rule}"}
    written = ",".join(
        f"{name}={str(value).translate(_IN_PROPERTY)}" for name, value in properties.items()
    )
    data = f"{short(finding.data_path)}:{finding.data_line}: " if finding.data_path else ""
    return f"::{COMMANDS[finding.severity]} {written}::{_message(data + finding.message)}"


def _message(text: str) -> str:
    return text.translate(_IN_MESSAGE)


FORMAT = Format("github", write)
