"""Following a run from its folder until it is over."""

import signal
import time
from collections.abc import Generator
from contextlib import contextmanager

import typer
from rich.console import Console

from tunesmith.cli.errors import CliError
from tunesmith.cli.live import RunScreen
from tunesmith.cli.table import score_table, scores_on_test
from tunesmith.jobs.manager import RunManager
from tunesmith.jobs.store import Run, RunStore
from tunesmith.wire.events import Event
from tunesmith.wire.run_dir import RunDir, read_tail

POLL_S = 0.25


def follow(manager: RunManager, run_id: str) -> None:
    """Show a run until it is over, then its scores. Raises CliError or Exit unless it finished.

    Ctrl-C asks the run to stop and goes on showing it; a second one leaves it to itself.
    """
    console = Console()
    with RunScreen(console) as screen, _interrupts() as interrupts:
        run, events = _watch(manager, run_id, screen, interrupts)
    if run is None:
        typer.echo(f"The run goes on in the background: tunesmith runs show {run_id} --follow")
        raise typer.Exit(130)
    show_scores(console, events)
    if run.run_dir.report_path.exists():
        typer.echo(f"report: {run.run_dir.report_path}")
    if run.way_on:
        typer.echo(f"go on with it: {run.way_on}")
    if run.status == "lost":
        raise CliError(f"the job ended without a word: read {run.run_dir.log_path}", code=1)
    if run.status != "finished":
        raise typer.Exit(1)


def show_scores(console: Console, events: list[Event]) -> None:
    """The table of the test rows, where the run came as far as that."""
    if scores_on_test(events):
        console.print(score_table(events))


def find_run(store: RunStore, run_id: str) -> RunDir:
    """The folder of a run. Raises CliError."""
    run_dir = store.run_dir(run_id)
    if run_dir is None:
        raise CliError(f"no run {run_id} in {store.workspace}: see `tunesmith runs list`")
    return run_dir


def _watch(
    manager: RunManager, run_id: str, screen: RunScreen, interrupts: list[int]
) -> tuple[Run | None, list[Event]]:
    """The run once it is over, or None after the second interrupt; and its events."""
    run_dir = find_run(manager.store, run_id)
    events: list[Event] = []
    offset, cancelled = 0, False
    while len(interrupts) < 2:
        # Whether it is over is asked first: what it said before is then in the file.
        run = manager.store.run(run_id)
        records, offset = read_tail(run_dir.events_path, offset)
        for record in records:
            screen.show(record.event)
            events.append(record.event)
        if run is None or run.is_over:
            return run, events
        if interrupts and not cancelled:
            cancelled = manager.cancel(run_id)
            screen.say("stopping the run; Ctrl-C again leaves it to itself")
        manager.press(run_id)
        time.sleep(POLL_S)
    return None, events


@contextmanager
def _interrupts() -> Generator[list[int]]:
    """Ctrl-C as a list that grows, so that no event is lost half shown."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
