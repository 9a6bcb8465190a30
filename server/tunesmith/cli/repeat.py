"""`tunesmith runs repeat`: the same run once more, and whether the same came out."""

from typing import TYPE_CHECKING, Annotated

import typer

from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from tunesmith.jobs.manager import RunManager
    from tunesmith.jobs.store import Run


def repeat(
    run_id: Annotated[str, typer.Argument(help="As `tunesmith runs list` names it.")],
    follow: Annotated[
        bool, typer.Option("--follow/--detach", help="Show the run, or leave it in the background.")
    ] = True,
) -> None:
    """Do a run again, with its prompt, seed and settings as they were."""
    from tunesmith.cli.follow import find_run
    from tunesmith.cli.runs import here
    from tunesmith.cli.tune import show
    from tunesmith.jobs.backend import BackendError
    from tunesmith.plan import PlanError, new_run_id
    from tunesmith.plan.again import repeat_of

    manager = here()
    find_run(manager.store, run_id)
    first = manager.store.run(run_id)
    if first is None:
        raise CliError(f"{run_id}: its spec.json cannot be read", code=1)
    name = first.spec.prompt.path.rpartition("/")[2].removesuffix(".prompt")
    try:
        again = repeat_of(first.spec, first.state.started, new_run_id(name))
        manager.submit(again)
    except (PlanError, BackendError) as error:
        raise CliError(str(error), code=1) from error
    typer.echo(f"run {again.run_id}")
    show(manager, again.run_id, follow=follow)
    if follow and again.kind == "train":
        _compare(manager, first, again.run_id)


def _compare(manager: "RunManager", first: "Run", run_id: str) -> None:
    """Say whether the weights are the same, bit for bit, and what may be why not."""
    second = manager.store.run(run_id)
    if second is None or first.status != "finished":
        return
    before, after = _hashes(first), _hashes(second)
    shown = ", ".join(f"{name} {sha256}" for name, sha256 in after.items())
    if before == after:
        typer.echo(f"the same weights as {first.run_id}, bit for bit: {shown}")
        return
    typer.echo(f"other weights than {first.run_id}: {shown}")
    typer.echo(f"it had {', '.join(f'{name} {sha256}' for name, sha256 in before.items())}")
    for difference in _differences(first, second):
        typer.echo(f"  {difference}")


def _hashes(run: "Run") -> dict[str, str]:
    from tunesmith.download import file_sha256

    return {
        path.name: file_sha256(path) for path in sorted(run.run_dir.adapter.glob("*.safetensors"))
    }


def _differences(first: "Run", second: "Run") -> list[str]:
    before, after = first.state.started, second.state.started
    if before is None or after is None:
        return []
    now = {**after.versions, "device": after.device}
    return [
        f"{name} was {was} and is {now.get(name, 'gone')}"
        for name, was in {**before.versions, "device": before.device}.items()
        if now.get(name) != was
    ]
