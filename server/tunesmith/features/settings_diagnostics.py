"""What is wrong with the settings files of a workspace, shown in those files."""

from collections import defaultdict
from collections.abc import Iterable

from lsprotocol import types

from tunesmith.features.convert import SEVERITIES, SOURCE, line_range
from tunesmith.lint.settings import SettingsProblem


def settings_diagnostics(problems: Iterable[SettingsProblem]) -> dict[str, list[types.Diagnostic]]:
    """One diagnostic for each problem, by the uri of its file."""
    found: dict[str, list[types.Diagnostic]] = defaultdict(list)
    for problem in problems:
        note = types.Diagnostic(
            range=line_range(problem.line),
            message=problem.message,
            severity=SEVERITIES[problem.severity],
            code="settings",
            source=SOURCE,
        )
        found[problem.path.as_uri()].append(note)
    return found
