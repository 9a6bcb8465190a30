"""`tunesmith tune` and `tunesmith eval`: the jobs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunesmith.cli.arguments import PromptFile, Seed, ShuffleLabels
from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from tunesmith.jobs.manager import RunManager
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
Resume = Annotated[
    str | None,
    typer.Option("--resume", metavar="RUN", help="Go on with a run that ended too early."),
]
Eject = Annotated[
    Path | None,
    typer.Option("--eject", metavar="DIR", help="Train nothing: write a TRL script with the data."),
]


def tune(
    file: Annotated[Path | None, typer.Argument(help="A .prompt file.", show_default=False)] = None,
    settings: Settings = None,
    model: Model = None,
    seed: Seed = 0,
    shuffle_labels: ShuffleLabels = False,
    follow: Follow = True,
    resume: Resume = None,
    eject: Eject = None,
) -> None:
    """Fine-tune with a prompt; measure on held-out rows."""
    from tunesmith.plan import RunRequest

    if resume is not None:
        if file or settings or model or seed or shuffle_labels or eject:
            raise CliError("--resume takes everything from the run's own spec.json: name no more")
        _resume(resume, follow=follow)
        return
    if file is None:
        raise CliError("name a .prompt file, or --resume RUN")

    request = RunRequest(
        kind="train",
        overrides=read_overrides(settings or []),
        seed=seed,
        shuffle_labels=shuffle_labels,
        model=model,
    )
    if eject is not None:
        from tunesmith.cli.eject import eject as write_script

        write_script(file, request, eject)
        return
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

    overrides = read_overrides(settings or [])
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


def read_overrides(settings: list[str]) -> "dict[str, Scalar]":
    """Options by name, as `--set` gives them. Raises CliError."""
    from tunesmith.cli.prompts import parse_pairs

    return {name: parse_scalar(text) for name, text in parse_pairs(settings, "--set").items()}


def _run(file: Path, request: "RunRequest", *, follow: bool) -> None:
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
    show(manager, run_id, follow=follow)


def _resume(run_id: str, *, follow: bool) -> None:
    from tunesmith.cli.follow import find_run
    from tunesmith.cli.runs import here
    from tunesmith.jobs.backend import BackendError
    from tunesmith.plan import PlanError
    from tunesmith.plan.again import refuse_changed

    manager = here()
    find_run(manager.store, run_id)
    run = manager.store.run(run_id)
    try:
        if run is not None and run.is_over:
            refuse_changed(run.spec)
        manager.resume(run_id)
    except (PlanError, BackendError) as error:
        raise CliError(str(error), code=1) from error
    typer.echo(f"run {run_id} goes on")
    show(manager, run_id, follow=follow)


def show(manager: "RunManager", run_id: str, *, follow: bool) -> None:
    """Follow a run that has been started, or say how to."""
    from tunesmith.cli.follow import follow as follow_run

    if follow:
        follow_run(manager, run_id)
    else:
        typer.echo(f"follow it: tunesmith runs show {run_id} --follow")
