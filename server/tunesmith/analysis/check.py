"""The rules that need the data set and the model, over one prompt."""

from dataclasses import replace
from pathlib import Path

from tunesmith.analysis.model import load_model
from tunesmith.data.stream import open_rows
from tunesmith.lint.facts import gather
from tunesmith.lint.run import lint_data
from tunesmith.lint.selection import RECOMMENDED, Selection
from tunesmith.plan import training_options
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.wire.finding import Finding


def check_data(
    loaded: LoadedPrompt, root: Path, selection: Selection = RECOMMENDED
) -> list[Finding]:
    """What the data set and the model behind a prompt show. `root` is the workspace."""
    if not loaded.extension.has_training:
        return []
    facts = replace(
        gather(loaded, root),
        model=load_model(loaded, root),
        training=training_options(loaded, root),
    )
    return lint_data(loaded, facts, open_rows, selection)
