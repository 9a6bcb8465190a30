"""`tunesmith tune` and `tunesmith eval`: the jobs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunesmith.cli.arguments import PromptFile, Seed, ShuffleLabels
from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from tunesmith.plan import RunRequest
    from tunesmith.wire.spec import Scalar

Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option, in place of the prompt's."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="In place of the prompt's base model; run/ID is a tuned one."),
]
Split = Annotated[str | None, typer.Option("--split", help="validation or test.")]
Follow = Annotated[
    bool, typer.Option("--follow/--detach", help="Show the run, or leave it in the background.")
]


def tune(
    file: PromptFile,
    settings: Settings = None,
    model: Model = None,
    seed: Seed = 0,
    shuffle_labels: ShuffleLabels = False,
    follow: Follow = True,
) -> None:
    """Fine-tune with a prompt; measure on held-out rows."""
    from tunesmith.plan import RunRequest

    request = RunRequest(
        kind="train",
        overrides=_overrides(settings or []),
        seed=seed,
        shuffle_labels=shuffle_labels,
        model=model,
    )
    _run(file, request, follow=follow)


def evaluate(
    file: PromptFile,
    settings: Settings = None,
    model: Model = None,
    split: Split = None,
    follow: Follow = True,
) -> None:
    """Measure a model with a prompt on held-out rows."""
    from tunesmith.plan import RunRequest

    overrides = _overrides(settings or [])
    if split:
        overrides["split"] = split
    request = RunRequest(kind="evaluate", overrides=overrides, model=model)
    _run(file, request, follow=follow)


def parse_scalar(text: str) -> "Scalar":
    """The value of `--set`: a truth value or a number where it reads as one, else text.

    >>> parse_scalar("true"), parse_scalar("3"), parse_scalar("1e-4"), parse_scalar("plain")
    (True, 3, 0.0001, 'plain')
    """
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def _overrides(settings: list[str]) -> "dict[str, Scalar]":
    from tunesmith.cli.prompts import parse_pairs

    return {name: parse_scalar(text) for name, text in parse_pairs(settings, "--set").items()}


def _run(file: Path, request: "RunRequest", *, follow: bool) -> None:
    from tunesmith.cli.follow import follow as follow_run
    from tunesmith.cli.models import convert_first
    from tunesmith.cli.prompts import open_prompt
    from tunesmith.cli.runs import open_manager
    from tunesmith.jobs.backend import BackendError
    from tunesmith.plan import PlanError, plan_run

    opened = open_prompt(file)
    convert_first(request.model or opened.loaded.extension.base, opened.workspace)
    manager = open_manager(opened.workspace)
    try:
        run_id = manager.submit(plan_run(opened.loaded, opened.workspace, request))
    except (PlanError, BackendError) as error:
        raise CliError(str(error), code=1) from error
    typer.echo(f"run {run_id}")
    if follow:
        follow_run(manager, run_id)
    else:
        typer.echo(f"follow it: tunesmith runs show {run_id} --follow")
