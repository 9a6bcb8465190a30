"""`tunesmith tune --eject`: the training as a script that does without us."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from tunesmith.plan import RunRequest


def eject(file: Path, request: "RunRequest", folder: Path) -> None:
    """Write what a run of `request` would train, and on what. Raises CliError."""
    from tunesmith.cli.engine_call import new_folder, write_folder
    from tunesmith.cli.models import convert_first
    from tunesmith.cli.prompts import open_prompt
    from tunesmith.plan import PlanError, plan_run
    from tunesmith.wire.export import EjectRun

    opened, place = open_prompt(file), new_folder(folder)
    convert_first(request.model or opened.loaded.extension.base, opened.workspace)
    try:
        spec = plan_run(opened.loaded, opened.workspace, request)
    except PlanError as error:
        raise CliError(str(error), code=1) from error
    written = write_folder(place, "eject", lambda made: EjectRun(spec=spec, folder=made))
    for line in written.lines:
        typer.echo(line)
    typer.echo(f"run it: python {place / 'train.py'}")
