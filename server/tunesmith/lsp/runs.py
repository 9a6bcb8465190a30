"""The runs of all workspaces that the editor has to do with."""

from collections.abc import Iterator
from pathlib import Path

from tunesmith.jobs.manager import RunManager
from tunesmith.jobs.store import Run, RunStore
from tunesmith.settings import Settings


class Runs:
    """One manager for each workspace, made when first asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._managers: dict[Path, RunManager] = {}

    def of(self, workspace: Path) -> RunManager:
        """The manager of one workspace."""
        if workspace not in self._managers:
            self._managers[workspace] = RunManager(RunStore(workspace), self._settings)
        return self._managers[workspace]

    def managers(self) -> tuple[RunManager, ...]:
        """Of every workspace so far."""
        return tuple(self._managers.values())

    def find(self, run_id: str) -> tuple[RunManager, Run] | None:
        """A run and who manages it, wherever it is."""
        for manager in self.managers():
            run = manager.store.run(run_id)
            if run is not None:
                return manager, run
        return None

    def newest_first(self) -> list[Run]:
        """Every run."""
        runs = [run for manager in self.managers() for run in manager.store.runs()]
        return sorted(runs, key=lambda run: run.run_id, reverse=True)

    def of_prompt(self, workspace: Path, prompt: Path) -> Iterator[Run]:
        """The runs of one prompt, newest first."""
        for run in self.of(workspace).store.runs():
            if workspace / run.spec.prompt.path == prompt:
                yield run
