"""`tunesmith doctor`: whether this machine can do the job; written to be copied into a report."""

import json
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import typer

LOW_DISK_GB = 2.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the report."""

    name: str
    says: str
    problem: str | None = None
    """Why tuning cannot work, and what to do."""


def doctor() -> None:
    """Say what this machine has and what it lacks.

    Exit code 1 where tuning cannot work, with what to do about it.
    """
    checks = [*_python(), _engine(), _model(), _disk(), _node()]
    for check in checks:
        typer.echo(f"{check.name:<10} {check.says}")
    problems = [check.problem for check in checks if check.problem]
    for problem in problems:
        typer.echo(f"problem: {problem}")
    if problems:
        raise typer.Exit(1)
    typer.echo("All is well: lint, previews and tuning work here.")


def _python() -> list[Check]:
    from tunesmith import __version__

    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return [
        Check(name="tunesmith", says=__version__),
        Check(name="python", says=f"{platform.python_version()} on {system}"),
    ]


def _engine() -> Check:
    from tunesmith.settings import read_settings

    python = read_settings().engine_python
    try:
        shown = subprocess.run(
            [python, "-P", "-m", "tunesmith.engine.probe"],
            capture_output=True,
            text=True,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = f"{python} cannot be run: set TUNESMITH_ENGINE_PYTHON to a Python that has torch"
        return Check(name="engine", says=str(error), problem=problem)
    if shown.returncode != 0:
        words = shown.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        problem = f"{python} lacks the engine: run `{python} -m pip install 'tunesmith[engine]'`"
        return Check(name="engine", says=words[0], problem=problem)
    found = json.loads(shown.stdout.splitlines()[-1])
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    device = f"{found['device']}, {found['dtype']}, {found['threads']} threads"
    return Check(name="engine", says=f"{versions}\n{'device':<10} {device}")


def _model() -> Check:
    from tunesmith.models.registry import resolve
    from tunesmith.prompt.extension import BUILTIN_MODEL
    from tunesmith.settings import find_workspace

    place = resolve(BUILTIN_MODEL, workspace=find_workspace(Path.cwd()))
    says = f"{place.name} in {place.path}" if place.path else f"{place.name} is not here"
    return Check(name="model", says=says, problem=place.problem)


def _disk() -> Check:
    from tunesmith.models.cache import cache_root

    folder = cache_root()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free_gb = shutil.disk_usage(existing).free / 1e9
    problem = None
    if free_gb < LOW_DISK_GB:
        problem = f"only {free_gb:.1f} GB are free for {folder}: free some, or set TUNESMITH_CACHE"
    return Check(name="cache", says=f"{folder}, {free_gb:.1f} GB free", problem=problem)


def _node() -> Check:
    node = shutil.which("node")
    if node is None:
        return Check(name="node", says="none; only building the VS Code extension needs it")
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return Check(name="node", says=shown.stdout.strip() or "cannot be run")
