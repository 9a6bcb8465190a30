"""`tunesmith models`: the models of this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tunesmith.cli.errors import CliError
from tunesmith.prompt.extension import BUILTIN_MODEL

if TYPE_CHECKING:
    from tunesmith.prompt.extension import Extension
    from tunesmith.wire.spec import ModelSpec

app = typer.Typer(help="Bring models to this machine, and list them.", no_args_is_help=True)


@app.command()
def pull(
    name: Annotated[
        str, typer.Argument(help="builtin/NAME, hf/OWNER/NAME or local/FILE.gguf.")
    ] = BUILTIN_MODEL,
) -> None:
    """Fetch a model once; from then on no network is needed."""
    from tunesmith.models.pull import PullError, pull
    from tunesmith.settings import find_workspace

    try:
        place = pull(name, workspace=find_workspace(Path.cwd()), report=typer.echo)
    except PullError as error:
        raise CliError(str(error), code=1) from error
    typer.echo(
        f"{place.name} is ready in {place.path} ({place.size / 1e6:,.0f} MB, {place.licence})"
    )


@app.command("list")
def list_models() -> None:
    """List the models that prompts of this workspace can name."""
    from tunesmith.models.registry import available
    from tunesmith.settings import find_workspace

    for place in available(workspace=find_workspace(Path.cwd())):
        size = f"{place.size / 1e6:,.0f} MB" if place.path else "not here"
        typer.echo(
            f"{place.name:<36} {size:>10}  {place.licence:<12} {place.problem or ''}".rstrip()
        )


def find_model(name: str, workspace: Path) -> "ModelSpec":
    """The model `name` on this machine. Raises CliError."""
    from tunesmith.models.registry import resolve

    convert_first(name, workspace)
    place = resolve(name, workspace=workspace)
    if place.spec is None:
        raise CliError(place.problem or f"{name} is not on this machine")
    return place.spec


def convert_first(name: str, workspace: Path) -> None:
    """Make what can be used of a GGUF file, where `name` is one and that was not done yet.

    Raises CliError.
    """
    from tunesmith.models.pull import PullError, pull
    from tunesmith.models.registry import resolve

    if resolve(name, workspace=workspace).gguf:
        try:
            pull(name, workspace=workspace, report=lambda line: typer.echo(line, err=True))
        except PullError as error:
            raise CliError(str(error), code=1) from error


def template_of(extension: "Extension", model: "ModelSpec") -> Literal["chat", "plain"]:
    """As a job puts the prompt to `model`. Raises CliError."""
    from tunesmith.models.facts import read_facts, template_for

    try:
        return template_for(extension.train.get("template"), read_facts(Path(model.path)))
    except ValueError as error:
        raise CliError(f"{model.name}: {error}") from error
