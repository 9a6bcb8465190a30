"""`tunesmith runs export`: what a run trained, as a folder for use elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from tunesmith.jobs.store import Run

RunId = Annotated[str, typer.Argument(help="As `tunesmith runs list` names it.")]
To = Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write, new or empty.")]
Merge = Annotated[
    bool, typer.Option("--merge", help="A whole model, with the adapter worked into the base.")
]


def export(run_id: RunId, to: To, merge: Merge = False) -> None:
    """Write a run's model with tokenizer and model card, once it answers as it was evaluated."""
    from tunesmith.cli.engine_call import new_folder, write_folder
    from tunesmith.wire.export import ExportRun

    run_dir, folder = _trained_run(run_id).run_dir.path, new_folder(to)
    typer.echo("exporting; what is written is then asked about test rows of the run", err=True)
    written = write_folder(
        folder,
        "export",
        lambda made: ExportRun(run_dir=str(run_dir), folder=made, merge=merge),
    )
    for line in written.lines:
        typer.echo(line)
    typer.echo(f"folder: {folder}")


def _trained_run(run_id: str) -> "Run":
    """A run that is over and left weights. Raises CliError."""
    from tunesmith.cli.follow import find_run
    from tunesmith.jobs.store import RunStore
    from tunesmith.settings import find_workspace

    store = RunStore(find_workspace(Path.cwd()))
    run_dir, run = find_run(store, run_id), store.run(run_id)
    if run is None:
        raise CliError(f"{run_dir.spec_path} cannot be read: the run cannot be exported", code=1)
    if run.spec.kind != "train":
        raise CliError(f"{run_id} trained nothing: export a run of `tunesmith tune`")
    if not run.is_over:
        raise CliError(f"{run_id} is still at work: wait for its end, or cancel it first")
    if not run_dir.adapter.is_dir():
        raise CliError(
            f"{run_id} was ended before its first checkpoint: there is nothing to export"
        )
    return run
