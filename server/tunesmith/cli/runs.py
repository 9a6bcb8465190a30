"""`tunesmith runs`: what was run in this workspace."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tunesmith.jobs.manager import RunManager
    from tunesmith.jobs.store import Run

app = typer.Typer(help="Look at runs, follow them, stop them.", no_args_is_help=True)
RunId = Annotated[str, typer.Argument(help="As `tunesmith runs list` names it.")]


@app.command("list")
def list_runs() -> None:
    """List the runs of this workspace, newest first."""
    runs = list(here().store.runs())
    for run in runs:
        scores = " ".join(_score(run, model) for model in ("base", "tuned")).strip()
        typer.echo(f"{run.run_id:<44} {run.status:<10} {run.spec.prompt.path}  {scores}".rstrip())
    if not runs:
        typer.echo("no runs in this workspace yet: start one with `tunesmith tune FILE`", err=True)


@app.command()
def show(
    run_id: RunId,
    follow: Annotated[bool, typer.Option("--follow", help="Until the run is over.")] = False,
) -> None:
    """Show what a run did so far, and its scores."""
    from rich.console import Console

    from tunesmith.cli.follow import find_run, show_scores
    from tunesmith.cli.follow import follow as follow_run
    from tunesmith.cli.live import RunScreen

    manager = here()
    if follow:
        follow_run(manager, run_id)
        return
    run_dir = find_run(manager.store, run_id)
    events_so_far = [record.event for record in run_dir.read_records()]
    console = Console()
    with RunScreen(console) as screen:
        for event in events_so_far:
            screen.show(event)
    show_scores(console, events_so_far)
    run = manager.store.run(run_id)
    typer.echo(f"status: {run.status if run else 'its spec.json cannot be read'}")
    if run and run.way_on:
        typer.echo(f"go on with it: {run.way_on}")
    typer.echo(f"folder: {run_dir.path}")


@app.command()
def events(
    run_id: RunId,
    since: Annotated[int, typer.Option("--since", help="Only those after this number.")] = 0,
) -> None:
    """Print the events of a run, one JSON object a line."""
    from tunesmith.cli.follow import find_run

    for record in find_run(here().store, run_id).read_records(since):
        typer.echo(json.dumps(record.plain(), ensure_ascii=False))


@app.command()
def cancel(run_id: RunId) -> None:
    """Ask a run to stop; its events and its best checkpoint stay."""
    from tunesmith.cli.follow import find_run

    manager = here()
    find_run(manager.store, run_id)
    if manager.cancel(run_id):
        typer.echo(f"asked {run_id} to stop; see `tunesmith runs show {run_id} --follow`")
    else:
        typer.echo(f"{run_id} is over already")


def open_manager(workspace: Path) -> "RunManager":
    """The runs of `workspace`."""
    from tunesmith.jobs.manager import RunManager
    from tunesmith.jobs.store import RunStore
    from tunesmith.settings import read_settings

    return RunManager(RunStore(workspace), read_settings())


def here() -> "RunManager":
    """The runs of the workspace around the working folder."""
    from tunesmith.settings import find_workspace

    return open_manager(find_workspace(Path.cwd()))


def _score(run: "Run", model: str) -> str:
    evaluation = run.state.score_of(model, "test")
    if evaluation is None or not evaluation.scores:
        return ""
    score = evaluation.scores[0]
    return f"{model} {score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"
