"""`tunesmith demo`: the main job on real data, played by an editor that prints what it sees."""

from pathlib import Path
from typing import Annotated

import typer

from tunesmith.cli.arguments import Seed, ShuffleLabels

Workspace = Annotated[
    Path | None, typer.Option("--workspace", help="Folder with prompts/film-reviews.prompt.")
]


def demo(
    seed: Seed = 0, shuffle_labels: ShuffleLabels = False, workspace: Workspace = None
) -> None:
    """Play the whole job on real film reviews, over LSP."""
    import asyncio

    from tunesmith.cli.demo.scenes import play
    from tunesmith.settings import find_workspace

    folder = workspace.resolve() if workspace else find_workspace(Path.cwd())
    asyncio.run(play(folder, seed=seed, shuffle_labels=shuffle_labels))
