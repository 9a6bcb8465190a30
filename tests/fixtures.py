"""Prompts with their findings drawn below the lines: carets, the rule's name, its message.

After a line `-- NAME --` comes a file that is laid beside the prompt; of a `case.prompt`, the
prompt is a variant, and beside a `caller.prompt` it is the partial `_case.prompt`. Where the prompt
names `local/models/KIND`, a model folder of that kind is made (`tiny_tokenizers.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tiny_tokenizers import write_model
from tunesmith.analysis.check import check_data
from tunesmith.lint.facts import gather
from tunesmith.lint.run import lint_text
from tunesmith.lint.selection import RECOMMENDED, Selection
from tunesmith.prompt.files import read_prompt
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.finding import Finding

_FILE = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
_MODEL = re.compile(r"local/models/([a-z-]+)")
_CARETS = re.compile(r"^ *\^+ [a-z-]+: .*\n", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A prompt to lint, and the files beside it."""

    text: str
    files: dict[str, str]


def read_case(source: str) -> Case:
    """The prompt without its caret lines, and the files."""
    text, *parts = _FILE.split(source)
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    return Case(text=_CARETS.sub("", text), files=files)


def name_of(case: Case) -> str:
    """What the prompt is called."""
    if "caller.prompt" in case.files:
        return "_case.prompt"
    return "case.variant.prompt" if "case.prompt" in case.files else "case.prompt"


def lint_case(case: Case, folder: Path, selection: Selection = RECOMMENDED) -> list[Finding]:
    """Lay the case out in `folder`, a workspace, and run the rules over it."""
    folder.mkdir(exist_ok=True)
    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
    for kind in set(_MODEL.findall(case.text)):
        if not (folder / "models" / kind).exists():
            write_model(folder / "models" / kind, kind)
    path = folder / name_of(case)
    path.write_text(case.text, encoding="utf-8", newline="")
    loaded = read_prompt(path, folder)
    # What fits into memory is said of one machine, whichever the tests run on.
    with patch("tunesmith.analysis.check.memory_bytes", return_value=16 * 10**9):
        found = [
            *lint_text(loaded, gather(loaded, folder), selection),
            *check_data(loaded, folder, selection),
        ]
    return sorted(found, key=lambda finding: (finding.start, finding.end, finding.rule))


def drawn(case: Case, findings: Sequence[Finding]) -> str:
    """The source of a case that has these findings."""
    lines = case.text.splitlines(keepends=True)
    index = LineIndex(case.text)
    below: dict[int, list[str]] = {}
    for finding in findings:
        line, column = index.position(finding.start, "utf-32")
        width = min(finding.end, index.line_span(line).end) - finding.start
        carets = " " * column + "^" * max(1, width)
        below.setdefault(line, []).append(f"{carets} {finding.rule}: {finding.message}\n")
    text = "".join("".join([line, *below.get(number, [])]) for number, line in enumerate(lines))
    return text + "".join(f"-- {name} --\n{content}" for name, content in case.files.items())


def fixed(text: str, finding: Finding) -> str:
    """The prompt after a finding's fix."""
    assert finding.fix is not None
    for edit in sorted(finding.fix.edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
