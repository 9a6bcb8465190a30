"""`tunesmith data`: data sets that can be fetched."""

from pathlib import Path
from typing import Annotated

import typer

from tunesmith.cli.errors import CliError

app = typer.Typer(help="Fetch data sets to try things on, and list them.", no_args_is_help=True)


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="Such as movie-reviews.")]) -> None:
    """Bring a data set into data/NAME/ of the workspace, a folder that git ignores."""
    from tunesmith.data.fetch import fetch
    from tunesmith.download import DownloadError
    from tunesmith.settings import find_workspace

    try:
        fetched = fetch(name, find_workspace(Path.cwd()))
    except DownloadError as error:
        raise CliError(str(error), code=1) from error
    typer.echo(f"{fetched.table}: {fetched.n_rows:,} rows; licence in {fetched.licence}")


@app.command("list")
def list_data() -> None:
    """List the data sets that can be fetched, and whether they are here."""
    from tunesmith.data.fetch import sources, table_path
    from tunesmith.settings import find_workspace

    workspace = find_workspace(Path.cwd())
    for name, source in sources().items():
        path = table_path(name, workspace)
        place = str(path) if path.is_file() else f"run `tunesmith data fetch {name}`"
        typer.echo(f"{name:<20} {source.requirement:<24} {place}")
