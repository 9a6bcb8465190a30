"""The columns of the data that a prompt puts before the model."""

from tunesmith.lint.inputs import takes_whole_row
from tunesmith.prompt.conversation import HISTORY, takes_history
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.variables import variables


def named_columns(loaded: LoadedPrompt) -> tuple[str, ...]:
    """Those that the template names, whether or not they are there; never the target."""
    keys = loaded.extension.data
    if keys is None:
        return ()
    names = {variable.name for variable in variables(loaded.prompt, loaded.partials)}
    if takes_history(loaded.prompt, loaded.partials):
        names.add(HISTORY)
    return tuple(sorted({keys.columns.get(name, name) for name in names} - {keys.target, ""}))


def shown_columns(loaded: LoadedPrompt) -> frozenset[str] | None:
    """All that it shows; None: whatever a row has, the target perhaps among it."""
    if loaded.extension.data is None or takes_whole_row(loaded.prompt.template, loaded.partials):
        return None
    return frozenset(named_columns(loaded))
