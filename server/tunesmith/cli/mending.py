"""Repairs in many prompts: written to their files, or shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tunesmith.cli.check_options import Choices
from tunesmith.cli.checking import findings_of
from tunesmith.cli.errors import CliError
from tunesmith.cli.findings import Checked
from tunesmith.cli.fixes import diff, fix_text, replace_file
from tunesmith.wire.finding import Finding


@dataclass(kw_only=True)
class Mending:
    """Makes the repairs of one prompt after the other."""

    choices: Choices
    n_fixes: int = 0
    shown: list[str] = field(default_factory=list[str])
    """For stdout: diffs, or the prompt that came from stdin."""
    problems: list[str] = field(default_factory=list[str])

    def mend(self, one: Checked) -> Checked:
        """A prompt after its repairs; as it was, where they could not be written."""
        request = self.choices.request
        selection = self.choices.selection_of(one.target.workspace)

        def check(text: str) -> Sequence[Finding]:
            return findings_of(text, one.target, selection)

        try:
            fixed = fix_text(one.text, one.findings, check, unsafe=request.unsafe)
            self._write(one, fixed.text)
        except CliError as error:
            self.problems.append(str(error))
            return one
        self.n_fixes += fixed.n_fixes
        return replace(one, text=fixed.text, findings=tuple(fixed.findings))

    def _write(self, one: Checked, text: str) -> None:
        if self.choices.request.diff:
            self.shown.append(diff(one.target.shown, one.text, text))
        elif self.choices.request.stdin_filename is not None:
            self.shown.append(text)
        elif text != one.text:
            replace_file(one.target.path, one.text.encode("utf-8"), text)
