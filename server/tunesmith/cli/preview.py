"""`tunesmith preview`: what a local model answers."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tunesmith.cli.arguments import Inputs, PromptFile
from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from tunesmith.cli.prompts import Opened
    from tunesmith.wire.preview import Generate

Rows = Annotated[list[int] | None, typer.Option("--row", min=1, help="Row of the data, from 1.")]


def preview(file: PromptFile, rows: Rows = None, inputs: Inputs = None) -> None:
    """Stream a local model's answer to one row or several."""
    from tunesmith.cli.prompts import chosen_values, open_prompt
    from tunesmith.cli.worker import preview_worker
    from tunesmith.wire.preview import Token

    opened = open_prompt(file)
    numbers: list[int | None] = [*rows] if rows else [None]
    chosen = [chosen_values(opened, row, inputs or []) for row in numbers]
    requests = [_request(opened, values, place) for place, values in enumerate(chosen, start=1)]
    with preview_worker() as worker:
        for row, request in zip(numbers, requests, strict=True):
            if row is not None:
                typer.secho(f"row {row}", fg="cyan", err=True)
            for reply in worker.ask(request):
                if isinstance(reply, Token):
                    sys.stdout.write(reply.text)
                    sys.stdout.flush()
                    continue
                typer.echo()
                speed = f"{reply.n_tokens} tokens in {reply.total_s:.2f} s"
                typer.secho(
                    f"{speed}, the first after {reply.first_token_s:.2f} s", dim=True, err=True
                )


def _request(opened: "Opened", values: Mapping[str, object], number: int) -> "Generate":
    from tunesmith.catalog.options import OptionError, resolve_options
    from tunesmith.catalog.preview import PREVIEW_OPTIONS
    from tunesmith.cli.models import find_model, template_of
    from tunesmith.wire.preview import Generate

    loaded, extension = opened.loaded, opened.loaded.extension
    written = {key: value for key, value in extension.preview.items() if key != "model"}
    try:
        options = resolve_options(PREVIEW_OPTIONS, written)
    except OptionError as error:
        raise CliError(f"{loaded.path}: tunesmith.preview: {error}") from error
    model = find_model(extension.preview_model, opened.workspace)
    asked = extension.data.without_target(values) if extension.data else values
    return Generate(
        id=number,
        model=model,
        prompt=loaded.prompt.text,
        partials=dict(loaded.partials),
        values={**loaded.prompt.defaults, **asked},
        template=template_of(extension, model),
        chat_template_kwargs=dict(extension.chat_template_kwargs),
        max_new_tokens=int(options["max_new_tokens"]),
        temperature=float(options["temperature"]),
        seed=0,
    )
