"""`tunesmith tokens`: exactly what the model is given for a row, and what of it is trained."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tunesmith.cli.arguments import AsJson, PromptFile, RowNumber
from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from rich.console import Console

    from tunesmith.features.token_view import Look, Stretch

_LOOKS: "dict[Look, str]" = {
    "head": "bold",
    "note": "",
    "edge": "dim",
    "control": "magenta",
    "read": "",
    "trained": "bold green",
}


def tokens(file: PromptFile, row: RowNumber = None, as_json: AsJson = False) -> None:
    """Show the tokens of a row, which of them are trained, and how long all rows are."""
    from rich.console import Console

    from tunesmith.analysis.tokens import TokenViewError, view_tokens, with_lengths
    from tunesmith.cli.models import find_model
    from tunesmith.cli.prompts import open_prompt
    from tunesmith.features.token_view import WIDTH, lengths_page, row_page
    from tunesmith.wire.codec import dumps

    opened = open_prompt(file)
    find_model(opened.loaded.extension.base, opened.workspace)
    console = Console(highlight=False)
    try:
        view = view_tokens(opened.loaded, opened.workspace, row or 1)
        if not as_json:
            # The row first: to count a large data set takes its time.
            _print(row_page(view, console.width if console.is_terminal else WIDTH), console)
        view = with_lengths(view, opened.loaded, opened.workspace)
    except TokenViewError as error:
        raise CliError(str(error)) from error
    if as_json:
        print(dumps(view))
    else:
        _print(lengths_page(view), console)


def _print(page: "Iterable[Stretch]", console: "Console") -> None:
    from rich.text import Text

    text = Text()
    for stretch, look in page:
        text.append(stretch, _LOOKS[look])
    console.print(text, end="", soft_wrap=True)
