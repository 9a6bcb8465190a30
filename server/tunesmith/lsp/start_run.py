"""From a prompt in the editor to a run: what the fine-tune and evaluate commands share."""

import asyncio

from lsprotocol import types

from tunesmith.features.convert import SOURCE, to_range
from tunesmith.jobs.backend import BackendError
from tunesmith.lint.facts import blame
from tunesmith.lsp.language_server import TunesmithServer
from tunesmith.lsp.protocol import RequestFailed
from tunesmith.lsp.session import Snapshot
from tunesmith.plan import PlanError, RunRequest, plan_run
from tunesmith.wire.spec import JobSpec


async def start_run(
    ls: TunesmithServer, snapshot: Snapshot, request: RunRequest
) -> dict[str, object]:
    """Submit the run and answer with its id; what it does next, the feed tells."""
    _refuse_errors(ls, snapshot)
    manager = ls.runs.of(snapshot.workspace)
    try:
        # Reading the data and asking another Python what it has take their time.
        spec = await asyncio.to_thread(_plan, snapshot, request)
        run_id = await asyncio.to_thread(manager.submit, spec)
    except PlanError as error:
        _show(ls, snapshot, error)
        raise RequestFailed(str(error)) from error
    except (BackendError, OSError) as error:
        raise RequestFailed(str(error)) from error
    ls.board.put(_owner(snapshot), {})
    ls.feed.follow(manager, run_id)
    return {"runId": run_id}


def newest_tuned(ls: TunesmithServer, snapshot: Snapshot) -> str | None:
    """The model `run/ID` of the last run that finished tuning this prompt's base model."""
    for run in ls.runs.of_prompt(snapshot.workspace, snapshot.path):
        is_tuned = run.spec.kind == "train" and run.status == "finished"
        is_same = run.spec.model.name == snapshot.loaded.extension.base
        if is_tuned and is_same and run.run_dir.adapter.is_dir():
            return f"run/{run.run_id}"
    return None


def _plan(snapshot: Snapshot, request: RunRequest) -> JobSpec:
    return plan_run(snapshot.loaded, snapshot.workspace, request)


def _refuse_errors(ls: TunesmithServer, snapshot: Snapshot) -> None:
    errors = [found for found in ls.checker.findings_of(snapshot) if found.severity == "error"]
    if errors:
        line, _ = snapshot.lines.position(errors[0].start)
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        first = f"{snapshot.path.name}, line {line + 1}: {errors[0].message}{more}"
        raise RequestFailed(f"Not started. {first}")


def _show(ls: TunesmithServer, snapshot: Snapshot, error: PlanError) -> None:
    """Say why there is no run at the key to blame, until the next run of this prompt starts."""
    span = blame(snapshot.loaded.prompt, *(error.key or ()))
    note = types.Diagnostic(
        range=to_range(span, snapshot.lines, ls.session.unit),
        message=str(error),
        severity=types.DiagnosticSeverity.Error,
        code="run-refused",
        source=SOURCE,
    )
    ls.board.put(_owner(snapshot), {snapshot.uri: [note]})


def _owner(snapshot: Snapshot) -> str:
    return f"plan {snapshot.uri}"
