"""For code scanning: SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), one run of one tool."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tunesmith import __version__
from tunesmith.cli.findings import Checked, Report
from tunesmith.cli.format import Format, region_of
from tunesmith.lint.guide import Guide, read_guide
from tunesmith.lint.rule import Rule
from tunesmith.lint.run import rules
from tunesmith.wire.finding import Edit, Finding, Fix, Severity

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS: dict[Severity, str] = {
    "error": "error",
    "warning": "warning",
    "information": "note",
    "hint": "note",
}
BASE = "%SRCROOT%"
"""The folder that the tool was started in, which other machines have elsewhere."""
Json = dict[str, Any]


def write(report: Report) -> str:
    """The log, on one line."""
    driver = {
        "name": "Tunesmith",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules().values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {BASE: {"uri": f"{Path.cwd().as_uri()}/"}},
        "invocations": [_invocation(report)],
        "results": list(_results(report)),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False)


def _rule(rule: Rule) -> Json:
    plain: Json = {
        "id": rule.name,
        "defaultConfiguration": {
            "enabled": rule.preset == "recommended",
            "level": LEVELS[rule.severity],
        },
    }
    guide = read_guide(rule)
    return {**plain, **_help(guide)} if guide else plain


def _help(guide: Guide) -> Json:
    text = f"{guide.what}\n\n{guide.why}".rstrip()
    examples = (("Bad", guide.bad), ("Good", guide.good))
    plain = [f"{title}:\n{example}" for title, example in examples]
    markdown = [f"{title}:\n\n```handlebars\n{example}\n```" for title, example in examples]
    return {
        "shortDescription": {"text": guide.what},
        "help": {
            "text": "\n\n".join([text, *plain]),
            "markdown": "\n\n".join([text, *markdown]),
        },
    }


def _invocation(report: Report) -> Json:
    notes = [{"level": "error", "message": {"text": problem}} for problem in report.problems]
    return {"executionSuccessful": not notes, "toolExecutionNotifications": notes}


def _results(report: Report) -> Iterator[Json]:
    indices = {name: index for index, name in enumerate(rules())}
    for one in report.checked:
        seen: Counter[str] = Counter()
        for finding in one.findings:
            same = _fingerprint(one, finding)
            seen[same] += 1
            yield _result(one, finding, indices[finding.rule], f"{same}:{seen[same]}")


def _result(one: Checked, finding: Finding, index: int, fingerprint: str) -> Json:
    artifact = _artifact(one.target.path)
    place = {"artifactLocation": artifact, "region": _region(one, finding)}
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"ruleAndLine/v1": fingerprint},
    }
    if finding.data_path:
        result["relatedLocations"] = [_data_location(finding)]
    if finding.fix:
        result["fixes"] = [_fix(one, finding.fix, artifact)]
    return result


def _fingerprint(one: Checked, finding: Finding) -> str:
    """The same for the same fault when lines above it come and go."""
    parts = (finding.rule, _artifact(one.target.path)["uri"], one.line_of(finding).strip())
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _data_location(finding: Finding) -> Json:
    place: Json = {"artifactLocation": _artifact(Path(finding.data_path or ""))}
    if finding.data_line:
        place["region"] = {"startLine": finding.data_line}
    return {"physicalLocation": place, "message": {"text": "the line of data that is meant"}}


def _fix(one: Checked, fix: Fix, artifact: Json) -> Json:
    replacements = [
        {"deletedRegion": _region(one, edit), "insertedContent": {"text": edit.text}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": artifact, "replacements": replacements}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def _artifact(path: Path) -> Json:
    if path.is_relative_to(Path.cwd()):
        # As bytes, since the name of a file need not be UTF-8.
        below = os.fsencode(path.relative_to(Path.cwd()).as_posix())
        return {"uri": quote(below), "uriBaseId": BASE}
    return {"uri": path.as_uri()}


def _region(one: Checked, place: Finding | Edit) -> Json:
    """Counted from 1."""
    found = region_of(one, place)
    return {
        "startLine": found.start_line + 1,
        "startColumn": found.start_column + 1,
        "endLine": found.end_line + 1,
        "endColumn": found.end_column + 1,
    }


FORMAT = Format("sarif", write)
