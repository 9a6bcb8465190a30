"""`tunesmith tokens`: exactly what the model is given for a row, and what of it is trained."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tunesmith.cli.arguments import AsJson, PromptFile, RowNumber
from tunesmith.cli.errors import CliError

if TYPE_CHECKING:
    from tunesmith.prompt.encode import Encoded, Encoder


def tokens(file: PromptFile, row: RowNumber = None, as_json: AsJson = False) -> None:
    """Show the tokens of a row, and which of them are trained."""
    from tunesmith.cli.models import find_model, template_of
    from tunesmith.cli.prompts import make_example, open_prompt, row_values
    from tunesmith.prompt.encode import EncodeError, Encoder

    opened = open_prompt(file)
    extension = opened.loaded.extension
    example = make_example(opened, row_values(opened, row or 1))
    model = find_model(extension.base, opened.workspace)
    template = template_of(extension, model)
    try:
        encoder = Encoder.load(Path(model.path))
        encoded = encoder.encode(example.messages, example.target, template=template)
    except EncodeError as error:
        raise CliError(f"{file} with {model.name}: {error}") from error
    if as_json:
        print(json.dumps(_plain(encoded, encoder, model.name), ensure_ascii=False))
    else:
        _print_table(encoded, encoder)


def _plain(encoded: "Encoded", encoder: "Encoder", model: str) -> dict[str, object]:
    return {
        "model": model,
        "ids": encoded.ids,
        "texts": [encoder.decode((token,), keep_control=True) for token in encoded.ids],
        "trained": encoded.mask,
        "n_prompt": encoded.n_prompt,
        "end_of_turn_id": encoder.end_of_turn_id,
        "row_hash": encoded.row_hash,
    }


def _print_table(encoded: "Encoded", encoder: "Encoder") -> None:
    print(f"{'place':>5}  {'id':>6}  {'':7}  text")
    for place, (token, trained) in enumerate(zip(encoded.ids, encoded.mask, strict=True)):
        mark = "trained" if trained else ""
        end = "  (end of turn)" if trained and token == encoder.end_of_turn_id else ""
        text = encoder.decode((token,), keep_control=True)
        print(f"{place:>5}  {token:>6}  {mark:7}  {text!r}{end}")
    n_trained = sum(encoded.mask)
    print(f"{len(encoded.ids)} tokens: {encoded.n_prompt} prompt, {n_trained} trained")
