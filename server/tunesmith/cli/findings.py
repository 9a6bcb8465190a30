"""Findings on the terminal and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.text import Text

from tunesmith.cli.carets import carets
from tunesmith.cli.prompts import open_prompt
from tunesmith.lint.facts import gather
from tunesmith.lint.run import lint_text
from tunesmith.prompt.text import LineIndex, Span
from tunesmith.wire.finding import Edit, Finding, Severity

COLOURS: dict[Severity, str] = {
    "error": "bold red",
    "warning": "bold yellow",
    "information": "bold blue",
    "hint": "dim",
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One prompt and what the rules found."""

    path: Path
    """As it was given."""
    text: str
    findings: tuple[Finding, ...]


def check_file(path: Path) -> Checked:
    """Run every rule over a prompt and its data. Raises CliError where it cannot be read."""
    opened = open_prompt(path)
    findings = lint_text(opened.loaded, gather(opened.loaded, opened.workspace))
    if opened.loaded.extension.has_training:
        # Only now, since it brings the tokenizers along.
        from tunesmith.analysis.check import check_data

        findings += check_data(opened.loaded, opened.workspace)
    findings.sort(key=lambda finding: (finding.start, finding.end, finding.rule))
    return Checked(path=path, text=opened.loaded.prompt.text, findings=tuple(findings))


def summarise(checked: Sequence[Checked]) -> dict[str, int]:
    """How many prompts, and how many findings of each severity."""
    counts = Counter(finding.severity for one in checked for finding in one.findings)
    return {"files": len(checked), **{name: counts[name] for name in get_args(Severity)}}


def print_text(checked: Sequence[Checked]) -> None:
    """Each finding with its place, its source line and carets; then the counts."""
    console = Console(highlight=False, soft_wrap=True)
    for one in checked:
        for finding in one.findings:
            console.print(_shown(one, finding))
    counts = summarise(checked)
    parts = [f"{counts[name]} {name}" for name in get_args(Severity) if counts[name]]
    noun = "prompt" if counts["files"] == 1 else "prompts"
    console.print(f"{counts['files']} {noun}: {', '.join(parts) or 'nothing found'}")


def print_json(checked: Sequence[Checked]) -> None:
    """One object: `findings` and `summary`."""
    findings = [_plain(one, finding) for one in checked for finding in one.findings]
    print(json.dumps({"findings": findings, "summary": summarise(checked)}, ensure_ascii=False))


def _shown(one: Checked, finding: Finding) -> Text:
    line, column = LineIndex(one.text).position(finding.start, "utf-32")
    # As a path with a line, which terminals and editors make a link of.
    data = f"{_short(finding.data_path)}:{finding.data_line}: " if finding.data_path else ""
    return Text.assemble(
        (f"{one.path}:{line + 1}:{column + 1}", "bold"),
        " ",
        (finding.severity, COLOURS[finding.severity]),
        f" {finding.rule}: {data}{finding.message}\n",
        carets(one.text, Span(finding.start, finding.end)),
        "\n",
    )


def _short(path: str) -> str:
    below = Path(path)
    return str(below.relative_to(Path.cwd()) if below.is_relative_to(Path.cwd()) else below)


def _plain(one: Checked, finding: Finding) -> dict[str, object]:
    lines = LineIndex(one.text)
    fix = finding.fix
    return {
        "file": str(one.path),
        "range": _range(lines, finding),
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "data": {"file": finding.data_path, "line": finding.data_line}
        if finding.data_path
        else None,
        "fix": {
            "title": fix.title,
            "safe": fix.safe,
            "edits": [{"range": _range(lines, edit), "text": edit.text} for edit in fix.edits],
        }
        if fix
        else None,
    }


def _range(lines: LineIndex, place: Finding | Edit) -> dict[str, dict[str, int]]:
    """As in the language server protocol: lines from 0, columns in UTF-16 units."""
    start, end = lines.position(place.start), lines.position(place.end)
    return {
        name: {"line": line, "character": column}
        for name, (line, column) in (("start", start), ("end", end))
    }
