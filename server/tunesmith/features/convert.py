"""Our places and findings in the words of the editor's protocol."""

from functools import cache
from pathlib import Path

from lsprotocol import types

from tunesmith import lint
from tunesmith.prompt.text import ColumnUnit, LineIndex, Span
from tunesmith.wire.finding import Finding

SOURCE = "tunesmith"
SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}


def to_range(span: Span, lines: LineIndex, unit: ColumnUnit) -> types.Range:
    """A span as the editor counts."""
    start = types.Position(*lines.position(span.start, unit))
    return types.Range(start, types.Position(*lines.position(span.end, unit)))


def to_offset(position: types.Position, lines: LineIndex, unit: ColumnUnit) -> int:
    """A place of the editor in code points."""
    return lines.offset(position.line, position.character, unit)


def line_range(line: int) -> types.Range:
    """A whole line, from 1, of a file whose text is not at hand."""
    at = max(line - 1, 0)
    # Editors move a column behind the end of a line to its end.
    return types.Range(types.Position(at, 0), types.Position(at, 1000))


def to_diagnostic(finding: Finding, place: types.Range, message: str) -> types.Diagnostic:
    """A finding at `place`, whichever file that is in."""
    return types.Diagnostic(
        range=place,
        message=message,
        severity=SEVERITIES[finding.severity],
        code=finding.rule,
        code_description=types.CodeDescription(href=rule_page(finding.rule)),
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.severity == "hint" else None,
    )


@cache
def rule_page(rule: str) -> str:
    """Where a rule is explained: its own module, which opens with a bad and a good example."""
    folder = Path(next(iter(lint.__path__))) / "rules"
    return (folder / f"{rule.replace('-', '_')}.py").as_uri()
