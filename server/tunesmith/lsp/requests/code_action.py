"""Repairs."""

from lsprotocol import types

from tunesmith.features.code_actions import code_actions
from tunesmith.features.convert import to_offset
from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.prompt.text import Span


def handle(ls: TunesmithServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The fixes of the findings in the range."""
    snapshot = ls.session.get(params.text_document.uri)
    if snapshot is None:
        return []
    unit = ls.session.unit
    start = to_offset(params.range.start, snapshot.lines, unit)
    end = to_offset(params.range.end, snapshot.lines, unit)
    findings = ls.checker.findings_of(snapshot)
    return code_actions(
        findings, Span(start, end), snapshot.uri, snapshot.version, snapshot.lines, unit
    )


REQUEST = Request(
    name="code-action",
    method=types.TEXT_DOCUMENT_CODE_ACTION,
    handle=handle,
    options=types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
)
