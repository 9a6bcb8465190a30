"""One row of a prompt, token for token, and how long the rows of its data are.

`python -m tunesmith.analysis.tokens` answers one request of `wire/tokens.py` and ends: somebody
waits for it, and must not stand behind a scan of a large file in the analysis worker.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tunesmith.analysis.model import open_model
from tunesmith.data.stream import Row, open_rows
from tunesmith.lint.facts import DataFile, gather
from tunesmith.lint.lengths import Lengths
from tunesmith.lint.model import Model
from tunesmith.plan import training_options
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.example import make_example
from tunesmith.prompt.files import LoadedPrompt, load_prompt
from tunesmith.prompt.render import RenderError
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.codec import dumps, loads
from tunesmith.wire.tokens import DataLengths, NoTokens, Piece, TokenView, ViewTokens

MAX_ROWS = 10_000
"""Counted for an editor, where somebody waits; the command line counts all."""
_MAX_BYTES = 4
"""Of a character, each of which may be a token."""
_UNFINISHED = "\ufffd"


class TokenViewError(ValueError):
    """Why a row cannot be shown, in words that say what to do."""


def view_tokens(loaded: LoadedPrompt, root: Path, number: int) -> TokenView:
    """Row `number` (from 1) of the training data, by itself. `root` is the workspace.

    Raises TokenViewError.
    """
    file = _train_file(loaded, root)
    row = _row(file, loaded, number)
    try:
        model = open_model(loaded, root)
        example = make_example(loaded, _values(loaded, row))
        encoded = model.encode(example.messages, example.target)
    except RenderError as error:
        line, _ = LineIndex(loaded.prompt.text).position(error.span.start)
        raise TokenViewError(f"{loaded.path.name}, line {line + 1}: {error}") from error
    except (OSError, ValueError) as error:
        raise TokenViewError(f"{loaded.path.name}: {error}") from error
    options = training_options(loaded, root)
    return TokenView(
        model=model.name,
        template=model.template,
        file=file.name,
        row=number,
        line=row.line,
        ids=encoded.ids,
        trained=encoded.mask,
        n_prompt=encoded.n_prompt,
        end_id=encoded.ids[-1] if any(encoded.mask) else None,
        row_hash=encoded.row_hash,
        pieces=tuple(_pieces(encoded, model)),
        max_length=int(options["max_length"]) if options else None,
        data=None,
    )


def with_lengths(
    view: TokenView, loaded: LoadedPrompt, root: Path, *, max_rows: int | None = None
) -> TokenView:
    """The view with the lengths of all rows, of which at most `max_rows` are counted.

    Raises TokenViewError.
    """
    if view.max_length is None:
        return view
    rows = _rows(_train_file(loaded, root), loaded)
    try:
        lengths = Lengths(open_model(loaded, root))
        return replace(view, data=_measure(rows, lengths, loaded, view.max_length, max_rows))
    except (OSError, ValueError) as error:
        raise TokenViewError(f"{loaded.path.name}: {error}") from error


def _train_file(loaded: LoadedPrompt, root: Path) -> DataFile:
    name = loaded.path.name
    file = next((file for file in gather(loaded, root).data if file.key == "train"), None)
    if file is None:
        raise TokenViewError(f'{name} names no data: add "tunesmith.data: {{train: FILE}}"')
    if file.place == "outside":
        raise TokenViewError(f"{file.name} lies outside the workspace {root}: move it in")
    if file.place == "absent":
        fetch = f": run `tunesmith data fetch {file.source}`" if file.source else ""
        raise TokenViewError(f"{name}: there is no {file.name}{fetch}")
    return file


def _rows(file: DataFile, loaded: LoadedPrompt) -> Iterator[Row]:
    data = loaded.extension.data
    return (item for item in open_rows(file.path, data and data.target) if isinstance(item, Row))


def _row(file: DataFile, loaded: LoadedPrompt, number: int) -> Row:
    n_rows = 0
    try:
        for n_rows, row in enumerate(_rows(file, loaded), start=1):
            if n_rows == number:
                return row
    except OSError as error:
        raise TokenViewError(f"{file.name} cannot be read: {error.strerror}") from error
    raise TokenViewError(f"{file.name} has no row {number}: it has {n_rows} rows")


def _values(loaded: LoadedPrompt, row: Row) -> Mapping[str, object]:
    data = loaded.extension.data
    return data.values(row.given) if data else row.given


def _measure(
    rows: Iterator[Row],
    lengths: Lengths,
    loaded: LoadedPrompt,
    max_length: int,
    max_rows: int | None,
) -> DataLengths:
    n_rows = n_dropped = longest = longest_line = 0
    for row in islice(rows, max_rows):
        n_rows += 1
        length = lengths.over(min(longest, max_length), row, loaded)
        if length is None:
            continue
        n_dropped += length.n_ids > max_length
        if length.n_ids > longest:
            longest, longest_line = length.n_ids, row.line
    return DataLengths(
        n_rows=n_rows,
        is_all=next(rows, None) is None,
        n_dropped=n_dropped,
        n_cut=0,
        longest=longest,
        longest_line=longest_line,
    )


def _pieces(encoded: Encoded, model: Model) -> Iterator[Piece]:
    """The tokens as text. One alone may be part of a character, or lose the blank before it."""
    controls = frozenset(model.control_tokens.values())
    ids = encoded.ids
    before: Sequence[int] = ()
    start = 0
    for end in range(1, len(ids) + 1):
        own = ids[start:end]
        text = model.text([*before, *own])[len(model.text(before)) :]
        is_end = len(own) == _MAX_BYTES or end in (encoded.n_prompt, len(ids))
        if is_end or not text.endswith(_UNFINISHED):
            is_control = len(own) == 1 and own[0] in controls
            yield Piece(text=text, n_tokens=len(own), is_control=is_control)
            before, start = own, end


def main() -> None:
    """Answer the one request on standard input."""
    request = loads(ViewTokens, sys.stdin.buffer.readline().decode("utf-8", errors="replace"))
    root = Path(request.workspace)
    try:
        loaded = load_prompt(request.text, Path(request.path), root)
        view = view_tokens(loaded, root, request.row)
        answer = with_lengths(view, loaded, root, max_rows=MAX_ROWS)
    except TokenViewError as error:
        answer = NoTokens(problem=str(error))
    sys.stdout.buffer.write(dumps(answer).encode("utf-8", errors="backslashreplace") + b"\n")


if __name__ == "__main__":
    main()
