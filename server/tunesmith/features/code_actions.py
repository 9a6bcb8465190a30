"""Repairs that findings bring along, and comments that allow what a rule says."""

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types

from tunesmith.features.allow import allow_edit
from tunesmith.features.convert import SOURCE, to_range
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import ColumnUnit, LineIndex, Span
from tunesmith.wire.finding import Edit, Finding, Fix

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"


@dataclass(frozen=True, kw_only=True)
class Document:
    """The version of a prompt that actions are for."""

    uri: str
    version: int
    prompt: Prompt
    lines: LineIndex
    unit: ColumnUnit


def code_actions(
    findings: Sequence[Finding], span: Span, document: Document
) -> list[types.CodeAction]:
    """For each finding that touches `span`, its repair and a way to allow it."""
    touched = [item for item in findings if item.start <= span.end and span.start <= item.end]
    fixes = [_fix(item, item.fix, document) for item in touched if item.fix]
    allowed = {(item.rule, _line(item, document)): item for item in touched}
    return [*fixes, *(action for item in allowed.values() if (action := _allow(item, document)))]


def fix_all(findings: Sequence[Finding], document: Document) -> types.CodeAction | None:
    """Every safe repair at once, as far as they do not touch each other."""
    edits: list[Edit] = []
    for finding in findings:
        if finding.fix and finding.fix.safe and not _touch(finding.fix.edits, edits):
            edits.extend(finding.fix.edits)
    if not edits:
        return None
    return types.CodeAction(
        title="Fix all that is safe to fix",
        kind=FIX_ALL,
        edit=_edit(edits, document),
    )


def _touch(edits: Sequence[Edit], others: Sequence[Edit]) -> bool:
    return any(one.start <= two.end and two.start <= one.end for one in edits for two in others)


def _fix(finding: Finding, fix: Fix, document: Document) -> types.CodeAction:
    return types.CodeAction(
        title=fix.title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[_named(finding, document)],
        is_preferred=fix.safe,
        edit=_edit(fix.edits, document),
    )


def _allow(finding: Finding, document: Document) -> types.CodeAction | None:
    edit = allow_edit(document.prompt, finding)
    if edit is None:
        return None
    return types.CodeAction(
        title=f"Allow {finding.rule} on this line",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[_named(finding, document)],
        edit=_edit([edit], document),
    )


def _line(finding: Finding, document: Document) -> int:
    return document.lines.position(finding.start)[0]


def _edit(edits: Sequence[Edit], document: Document) -> types.WorkspaceEdit:
    changes = [
        types.TextEdit(
            to_range(Span(edit.start, edit.end), document.lines, document.unit), edit.text
        )
        for edit in edits
    ]
    # The version keeps an editor from applying the fix to a text that has moved on.
    name = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(name, changes)])


def _named(finding: Finding, document: Document) -> types.Diagnostic:
    """As much of the diagnostic as an editor needs to know which one is meant."""
    place = to_range(Span(finding.start, finding.end), document.lines, document.unit)
    return types.Diagnostic(place, finding.message, code=finding.rule, source=SOURCE)
