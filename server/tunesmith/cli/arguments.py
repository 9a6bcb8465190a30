"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

PromptFile = Annotated[Path, typer.Argument(help="A .prompt file.", show_default=False)]
RowNumber = Annotated[int | None, typer.Option("--row", min=1, help="Row of the data, from 1.")]
Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="NAME=VALUE", help="Value of a variable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Seed = Annotated[int, typer.Option("--seed", help="Of everything random in the run.")]
ShuffleLabels = Annotated[
    bool,
    typer.Option(
        "--shuffle-labels", help="Control: shuffle the targets of the training rows first."
    ),
]
