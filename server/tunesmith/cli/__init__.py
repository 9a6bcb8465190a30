"""The command line. Commands import what they need when they run, so that each starts fast."""

import sys
from typing import Annotated

import typer

from tunesmith import __version__
from tunesmith.cli import data, models, runs
from tunesmith.cli.check import check
from tunesmith.cli.demo import demo
from tunesmith.cli.doctor import doctor
from tunesmith.cli.errors import CliError
from tunesmith.cli.preview import preview
from tunesmith.cli.render import render
from tunesmith.cli.serve import serve
from tunesmith.cli.tokens import tokens
from tunesmith.cli.tune import evaluate, tune

app = typer.Typer(
    name="tunesmith",
    help="Lint, preview, fine-tune and evaluate .prompt files.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (check, render, tokens, preview, tune):
    app.command()(command)
app.command("eval")(evaluate)
app.add_typer(runs.app, name="runs")
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")
for command in (demo, doctor, serve):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tunesmith {__version__}")
        raise typer.Exit


@app.callback()
def about(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show it and exit."),
    ] = False,
) -> None:
    """Lint, preview, fine-tune and evaluate .prompt files."""


def main() -> None:
    """Run the command line; every way to fail is a sentence on stderr and an exit code."""
    try:
        app()
    except CliError as error:
        typer.echo(f"tunesmith: {error}", err=True)
        sys.exit(error.code)
    except OSError as error:
        typer.echo(f"tunesmith: {error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(2)
