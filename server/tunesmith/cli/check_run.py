"""One run of `tunesmith check`, from its options to its exit code."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tunesmith.cli.check_options import Choices, Request
from tunesmith.cli.checking import check_targets, findings_of
from tunesmith.cli.errors import CliError, tell
from tunesmith.cli.findings import Checked, Report, counted, short
from tunesmith.cli.format import format_of
from tunesmith.cli.reading import decode_prompt
from tunesmith.cli.walk import Walk
from tunesmith.prompt.limits import MAX_BYTES


def run_check(request: Request) -> int:
    """Do what is asked for; the exit code of the process. Raises CliError."""
    form = format_of(request.output)
    choices = Choices(request=request)
    outcomes = [*_outcomes(choices)]
    checked = [item for item in outcomes if isinstance(item, Checked)]
    problems = [str(item) for item in outcomes if isinstance(item, CliError)]
    n_fixes, shown = None, ""
    if request.fix or request.diff:
        # Only now, since most runs mend nothing.
        from tunesmith.cli.mending import Mending

        mending = Mending(choices=choices)
        checked = [mending.mend(one) for one in checked]
        problems += mending.problems
        n_fixes, shown = mending.n_fixes, "".join(mending.shown)
    checked = _with_baselines(checked, choices)
    problems = [*choices.problems, *problems]
    report = Report(checked=checked, problems=problems, n_fixed=n_fixes)
    _say(report, form.write(report), shown, choices)
    if problems:
        return 2
    return 0 if report.is_clean and not (request.diff and n_fixes) else 1


def _outcomes(choices: Choices) -> Iterator[Checked | CliError]:
    name = choices.request.stdin_filename
    walk = Walk()
    if name is None:
        targets = [*walk.targets(choices.request.paths)]
        yield from walk.problems
        yield from check_targets(targets, choices.selection_of)
        return
    text = decode_prompt(name, sys.stdin.buffer.read(MAX_BYTES + 1))
    for target in walk.target(str(name), os.path.realpath(name)):
        selection = choices.selection_of(target.workspace)
        found = findings_of(text, target, selection)
        yield Checked(target=target, text=text, findings=tuple(found))


def _with_baselines(checked: Sequence[Checked], choices: Choices) -> list[Checked]:
    """Without the findings that are known, in the order they had. Raises CliError."""
    paths = {one.target: choices.baseline_of(one.target.workspace) for one in checked}
    if choices.request.write_baseline and None in paths.values():
        raise CliError("--write-baseline needs a file to write to: name it with --baseline")
    after = {one.target: one for one in checked}
    for path in {path for path in paths.values() if path is not None}:
        mine = [one for one in checked if paths[one.target] == path]
        try:
            after |= {one.target: one for one in _with_baseline(mine, path, choices)}
        except CliError as error:
            choices.problems.append(str(error))
    return list(after.values())


def _with_baseline(checked: Sequence[Checked], path: Path, choices: Choices) -> Sequence[Checked]:
    # Only now, since most workspaces have none.
    from tunesmith.cli import baseline

    name = short(str(path))
    if choices.request.write_baseline:
        known = baseline.read_baseline(path) if path.exists() else baseline.NOTHING
        others = baseline.others_than(checked, path, known)
        n_known = baseline.write_baseline(path, checked, others)
        tell(f"{name}: from now on {counted(n_known, 'finding')} known")
    sifted = baseline.sift(checked, path, baseline.read_baseline(path))
    if not choices.request.write_baseline and sifted.n_known:
        tell(f"{name}: {counted(sifted.n_known, 'finding')} known and not shown")
    if sifted.n_stale:
        again = "write it anew with --write-baseline"
        tell(f"{name}: {counted(sifted.n_stale, 'entry', 'entries')} found no more: {again}")
    return sifted.checked


def _say(report: Report, written: str, shown: str, choices: Choices) -> None:
    """The findings on stdout, unless diffs or a mended prompt stand there."""
    request = choices.request
    if request.diff:
        _print(shown)
        tell(f"{counted(report.n_fixed or 0, 'repair')} to make")
    elif request.fix and request.stdin_filename is not None:
        _print(shown)
        print(written, file=sys.stderr)
    elif written:
        _print(f"{written}\n")
    for problem in report.problems:
        tell(problem)


def _print(text: str) -> None:
    """As it is: the name of a file may hold what no encoding has, and line ends may matter."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
