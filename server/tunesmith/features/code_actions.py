"""Repairs that findings bring along."""

from collections.abc import Sequence

from lsprotocol import types

from tunesmith.features.convert import SOURCE, to_range
from tunesmith.prompt.text import ColumnUnit, LineIndex, Span
from tunesmith.wire.finding import Finding, Fix


def code_actions(
    findings: Sequence[Finding],
    span: Span,
    uri: str,
    version: int,
    lines: LineIndex,
    unit: ColumnUnit,
) -> list[types.CodeAction]:
    """A quick fix for each finding that has one and touches `span`."""
    return [
        types.CodeAction(
            title=finding.fix.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[_named(finding, lines, unit)],
            is_preferred=finding.fix.safe,
            edit=_edit(finding.fix, uri, version, lines, unit),
        )
        for finding in findings
        if finding.fix and finding.start <= span.end and span.start <= finding.end
    ]


def _edit(
    fix: Fix, uri: str, version: int, lines: LineIndex, unit: ColumnUnit
) -> types.WorkspaceEdit:
    edits = [
        types.TextEdit(to_range(Span(edit.start, edit.end), lines, unit), edit.text)
        for edit in fix.edits
    ]
    # The version keeps an editor from applying the fix to a text that has moved on.
    document = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])


def _named(finding: Finding, lines: LineIndex, unit: ColumnUnit) -> types.Diagnostic:
    """As much of the diagnostic as an editor needs to know which one is meant."""
    place = to_range(Span(finding.start, finding.end), lines, unit)
    return types.Diagnostic(place, finding.message, code=finding.rule, source=SOURCE)
