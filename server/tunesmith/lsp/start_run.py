"""From a prompt in the editor to a run: what the fine-tune and evaluate commands share."""

import asyncio

from tunesmith.jobs.backend import BackendError
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.protocol import RequestFailed
from tunesmith.lsp.session import Snapshot
from tunesmith.plan import PlanError, RunRequest, plan_run
from tunesmith.wire.spec import JobSpec


async def start_run(
    ls: TunesmithServer, snapshot: Snapshot, request: RunRequest
) -> dict[str, object]:
    """Submit the run and answer with its id; what it does next, the feed tells."""
    ls.checker.refuse(snapshot, None)
    _refuse_errors(ls, snapshot)
    manager = ls.runs.of(snapshot.workspace)
    try:
        # Reading the data and asking another Python what it has take their time.
        spec = await asyncio.to_thread(_plan, snapshot, request)
        run_id = await asyncio.to_thread(manager.submit, spec)
    except PlanError as error:
        ls.checker.refuse(snapshot, error)
        raise RequestFailed(str(error)) from error
    except (BackendError, OSError) as error:
        raise RequestFailed(str(error)) from error
    ls.feed.follow(manager, run_id)
    return {"runId": run_id}


async def newest_tuned(ls: TunesmithServer, snapshot: Snapshot) -> str | None:
    """The model `run/ID` of the last run that finished tuning this prompt's base model."""
    for run in await ls.runs.of_prompt(snapshot.workspace, snapshot.path):
        is_tuned = run.spec.kind == "train" and run.status == "finished"
        is_same = run.spec.model.name == snapshot.loaded.extension.base
        if is_tuned and is_same and run.run_dir.adapter.is_dir():
            return f"run/{run.run_id}"
    return None


def _plan(snapshot: Snapshot, request: RunRequest) -> JobSpec:
    return plan_run(snapshot.loaded, snapshot.workspace, request)


def _refuse_errors(ls: TunesmithServer, snapshot: Snapshot) -> None:
    # What was found in the data may have been mended since; planning reads it afresh.
    errors = [found for found in ls.checker.text_findings(snapshot) if found.severity == "error"]
    if errors:
        line, _ = snapshot.lines.position(errors[0].start)
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        first = f"{snapshot.path.name}, line {line + 1}: {errors[0].message}{more}"
        raise RequestFailed(f"Not started. {first}")
