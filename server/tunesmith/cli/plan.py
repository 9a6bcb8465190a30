"""`tunesmith plan`: all that a run needs and does, found out without one."""

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tunesmith.cli.arguments import AsJson, PromptFile, Seed
from tunesmith.cli.errors import CliError
from tunesmith.cli.tune import Model, Settings, read_overrides

if TYPE_CHECKING:
    from tunesmith.jobs.manager import RunManager
    from tunesmith.jobs.store import Run
    from tunesmith.wire.spec import JobSpec

POLL_S = 0.1


def plan(
    file: PromptFile,
    settings: Settings = None,
    model: Model = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Show what `tune` would do and take: rows, settings, memory, time; nothing is trained."""
    from rich.console import Console

    from tunesmith.cli.models import convert_first
    from tunesmith.cli.plan_table import plan_document, print_plan
    from tunesmith.cli.prompts import open_prompt
    from tunesmith.plan import PlanError, RunRequest, plan_run

    opened = open_prompt(file)
    convert_first(model or opened.loaded.extension.base, opened.workspace)
    request = RunRequest(
        kind="plan", overrides=read_overrides(settings or []), model=model, seed=seed
    )
    try:
        spec = plan_run(opened.loaded, opened.workspace, request)
    except PlanError as error:
        raise CliError(str(error), code=1) from error
    with Console(stderr=True).status("A few steps on the real model, to be undone ..."):
        run = _rehearse(spec)
    if as_json:
        typer.echo(json.dumps(plan_document(run), ensure_ascii=False, indent=2))
    else:
        print_plan(Console(), run)


def _rehearse(spec: "JobSpec") -> "Run":
    """Do the job in a folder of its own, which is gone afterwards. Raises CliError."""
    from tunesmith.cli.live import failure
    from tunesmith.cli.runs import open_manager
    from tunesmith.jobs.backend import BackendError

    with tempfile.TemporaryDirectory(prefix="tunesmith-plan-") as folder:
        manager = open_manager(Path(folder))
        try:
            run_id = manager.submit(spec)
        except BackendError as error:
            raise CliError(str(error), code=1) from error
        try:
            run = _wait(manager, run_id)
        finally:
            _end(manager, run_id)
        if run.state.finished is not None:
            return run
        if run.state.failed is None:
            log = run.run_dir.log_path.read_text(encoding="utf-8", errors="replace")
            raise CliError(f"the job ended without a word: {log.strip()[-2000:]}", code=1)
        raise CliError(failure(run.state.failed), code=1)


def _wait(manager: "RunManager", run_id: str) -> "Run":
    while True:
        run = manager.store.run(run_id)
        if run is None or run.is_over:
            break
        time.sleep(POLL_S)
    if run is None:
        raise CliError(f"{manager.store.folder}: was taken away while the job was at work", code=1)
    return run


def _end(manager: "RunManager", run_id: str) -> None:
    """See to it that nobody writes into the folder any more when it is taken away."""
    from tunesmith.jobs.store import is_alive

    manager.cancel(run_id)
    run_dir = manager.store.run_dir(run_id)
    # A job has said its last word a little before its process is gone.
    while run_dir is not None and is_alive(run_dir):
        manager.press(run_id)
        time.sleep(POLL_S)
