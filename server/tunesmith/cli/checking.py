"""Checks many prompts: what is known from an earlier run first, the rest on all cores."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tunesmith.cli.check_cache import CheckCache, key_of, stamp
from tunesmith.cli.errors import CliError
from tunesmith.cli.findings import Checked, findings_in, load
from tunesmith.cli.reading import decode_prompt, read_bytes
from tunesmith.cli.walk import Target
from tunesmith.wire.finding import Finding

if TYPE_CHECKING:
    from tunesmith.lint.selection import Selection

POOL_FROM = 64
"""Fewer prompts are checked faster by one process than by several that must be started."""
CHUNK = 16


@dataclass(frozen=True, kw_only=True)
class Job:
    """A prompt to check."""

    target: Target
    text: str
    selection: "Selection"
    key: str
    """By which the cache knows it."""

    def checked(self, findings: Sequence[Finding]) -> Checked:
        """The prompt with its findings."""
        return Checked(target=self.target, text=self.text, findings=tuple(findings))


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a job."""

    findings: Sequence[Finding] = ()
    looks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path to stamp."""
    problem: CliError | None = None


def check_targets(
    targets: Sequence[Target], selection_of: "Callable[[Path], Selection]"
) -> Iterator[Checked | CliError]:
    """Each prompt with its findings, or why it has none, in the order of `targets`."""
    cache = CheckCache()
    done: dict[Target, Checked | CliError] = {}
    jobs: list[Job] = []
    for target in targets:
        try:
            job = _job(target, selection_of(target.workspace))
        except CliError as error:
            done[target] = error
            continue
        found = cache.find(target, job.key)
        if found is None:
            jobs.append(job)
        else:
            done[target] = job.checked(found)
    for job, result in zip(jobs, _results(jobs), strict=True):
        done[job.target] = result.problem or job.checked(result.findings)
        if result.problem is None:
            cache.keep(job.target, job.key, result.findings, result.looks)
    cache.save()
    return (done[target] for target in targets)


def findings_of(text: str, target: Target, selection: "Selection") -> list[Finding]:
    """What the rules find in a text that is not, or not yet, what stands in the file.

    Raises CliError.
    """
    try:
        loaded, facts = load(text, target)
        return findings_in(loaded, facts, selection)
    except Exception as error:
        raise _failure(target, error) from error


def _job(target: Target, selection: "Selection") -> Job:
    content = read_bytes(target.path, target.shown)
    text = decode_prompt(target.shown, content)
    key = key_of(content, target, selection)
    return Job(target=target, text=text, selection=selection, key=key)


def check_job(job: Job) -> Result:
    """Run the rules over one prompt, and note what they looked at."""
    from tunesmith.cli.looks import listening, paths_asked_for

    try:
        with listening() as heard:
            loaded, facts = load(job.text, job.target)
            findings = findings_in(loaded, facts, job.selection)
            paths = {*heard, *paths_asked_for(loaded, facts)}
    # A fault of ours in one prompt must not cost a person what there is to say of the others.
    except Exception as error:
        return Result(problem=_failure(job.target, error))
    own = str(job.target.path)
    looks = {path: _stamp_once(path) for path in paths if path != own}
    return Result(findings=findings, looks=looks)


@cache
def _stamp_once(path: str) -> str:
    """How it was when it was first looked at in this run.

    If it changes before the run is over, later results seem older than they are, which costs
    another check and nothing else.
    """
    return stamp(path)


def _failure(target: Target, error: Exception) -> CliError:
    return CliError(f"{target.shown}: cannot be checked ({type(error).__name__}: {error})")


def _results(jobs: Sequence[Job]) -> Iterator[Result]:
    _stamp_once.cache_clear()
    n_processes = min(_n_cores(), len(jobs) // CHUNK)
    if n_processes < 2 or len(jobs) < POOL_FROM:
        yield from map(check_job, jobs)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    from tunesmith.lint.run import rules

    # Where processes can be forked, they begin with all that is imported here.
    rules()
    gc.freeze()
    context = get_context("fork" if sys.platform == "linux" else None)
    # Ctrl-C is for us to hear; the others end with their work.
    deaf = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(n_processes, context, signal.signal, deaf) as pool:
        try:
            yield from pool.map(check_job, jobs, chunksize=CHUNK)
        except BrokenProcessPool as error:
            message = "a process that checked prompts was ended from outside: check fewer at once"
            raise CliError(message) from error


def _n_cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
