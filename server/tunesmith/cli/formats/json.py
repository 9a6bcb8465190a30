"""For programs: one object, places counted as the language server protocol does."""

import json

from tunesmith.cli.findings import Checked, Report
from tunesmith.cli.format import Format, region_of
from tunesmith.wire.finding import Edit, Finding


def write(report: Report) -> str:
    """One object: `findings` and `summary`."""
    findings = [_plain(one, finding) for one in report.checked for finding in one.findings]
    summary = {"files": len(report.checked), **report.counts}
    if report.n_fixed is not None:
        summary["fixed"] = report.n_fixed
    return json.dumps({"findings": findings, "summary": summary}, ensure_ascii=False)


def _plain(one: Checked, finding: Finding) -> dict[str, object]:
    fix = finding.fix
    plain: dict[str, object] = {
        "file": one.target.shown,
        "range": _range(one, finding),
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "data": None,
        "fix": None,
    }
    if finding.data_path:
        plain["data"] = {"file": finding.data_path, "line": finding.data_line}
    if fix:
        edits = [{"range": _range(one, edit), "text": edit.text} for edit in fix.edits]
        plain["fix"] = {"title": fix.title, "safe": fix.safe, "edits": edits}
    return plain


def _range(one: Checked, place: Finding | Edit) -> dict[str, object]:
    found = region_of(one, place)
    return {
        "start": {"line": found.start_line, "character": found.start_column},
        "end": {"line": found.end_line, "character": found.end_column},
    }


FORMAT = Format("json", write)
