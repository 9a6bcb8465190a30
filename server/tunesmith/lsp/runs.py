"""The runs of all workspaces that the editor has to do with."""

import asyncio
from pathlib import Path

from tunesmith.jobs.manager import RunManager
from tunesmith.jobs.store import Run, RunStore
from tunesmith.settings import Settings
from tunesmith.wire.run_dir import RunDir


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

    def find(self, run_id: str) -> tuple[RunManager, RunDir] | None:
        """A run's folder and who manages it, wherever it is."""
        for manager in self.managers():
            run_dir = manager.store.run_dir(run_id)
            if run_dir is not None:
                return manager, run_dir
        return None

    async def newest_first(self) -> list[Run]:
        """Every run."""
        stores = [manager.store for manager in self.managers()]
        found = [await asyncio.to_thread(_read_all, store) for store in stores]
        runs = [run for runs in found for run in runs]
        return sorted(runs, key=lambda run: run.run_id, reverse=True)

    async def of_prompt(self, workspace: Path, prompt: Path) -> list[Run]:
        """The runs of one prompt, newest first."""
        runs = await asyncio.to_thread(_read_all, self.of(workspace).store)
        return [run for run in runs if workspace / run.spec.prompt.path == prompt]


def _read_all(store: RunStore) -> list[Run]:
    """Many runs are many files: read beside the event loop."""
    return list(store.runs())
