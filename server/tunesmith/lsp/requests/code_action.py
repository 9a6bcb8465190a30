"""Repairs."""

from lsprotocol import types

from tunesmith.features.code_actions import FIX_ALL, Document, code_actions, fix_all
from tunesmith.features.convert import to_offset
from tunesmith.lsp.handler import Request
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.prompt.text import Span


def handle(ls: TunesmithServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The repairs of the findings in the range, and all safe ones of the file."""
    snapshot = ls.session.get(params.text_document.uri)
    if snapshot is None:
        return []
    document = Document(
        uri=snapshot.uri,
        version=snapshot.version,
        prompt=snapshot.loaded.prompt,
        lines=snapshot.lines,
        unit=ls.session.unit,
    )
    start = to_offset(params.range.start, snapshot.lines, document.unit)
    end = to_offset(params.range.end, snapshot.lines, document.unit)
    findings = ls.checker.findings_of(snapshot)
    found: list[types.CodeAction] = []
    if _is_asked(params, types.CodeActionKind.QuickFix.value):
        found += code_actions(findings, Span(start, end), document)
    if _is_asked(params, FIX_ALL) and (action := fix_all(findings, document)):
        found.append(action)
    return found


def _is_asked(params: types.CodeActionParams, kind: str) -> bool:
    """Whether the editor wants actions of a kind, which it names by any of its first words."""
    only = params.context.only
    return only is None or any(f"{kind}.".startswith(f"{_text(wanted)}.") for wanted in only)


def _text(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


REQUEST = Request(
    name="code-action",
    method=types.TEXT_DOCUMENT_CODE_ACTION,
    handle=handle,
    options=types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
)
