"""All commands. They import what they need when they run, so that each starts fast."""

from typing import Annotated

import typer

from tunesmith import __version__
from tunesmith.cli import data, models, runs
from tunesmith.cli.check import check
from tunesmith.cli.demo import demo
from tunesmith.cli.doctor import doctor
from tunesmith.cli.explain import explain
from tunesmith.cli.export import export
from tunesmith.cli.fmt import fmt
from tunesmith.cli.plan import plan
from tunesmith.cli.preview import preview
from tunesmith.cli.render import render
from tunesmith.cli.repeat import repeat
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


@app.command("check", add_help_option=False, context_settings={"ignore_unknown_options": True})
def _check(words: Annotated[list[str] | None, typer.Argument(metavar="PATH...")] = None) -> None:
    """Lint prompts and the data behind them."""
    # Its options are read by the standard library, for the reason that `tunesmith.cli` gives.
    raise typer.Exit(check(words or []))


for command in (explain, fmt, render, tokens, preview, plan, tune):
    app.command()(command)
app.command("eval")(evaluate)
for command in (export, repeat):
    runs.app.command()(command)
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
