"""One row as a model is given it: what `tunesmith tokens` and the editor show."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ViewTokens:
    """Ask for a row of a prompt's training data."""

    path: str
    """Absolute path of the prompt."""
    workspace: str
    text: str
    """Of the prompt, as the editor has it."""
    row: int
    """From 1."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The tokens of one stretch of text: mostly one, more where a character takes several."""

    text: str
    n_tokens: int
    is_control: bool
    """It means structure, such as `<|im_start|>`."""


@dataclass(frozen=True, kw_only=True)
class DataLengths:
    """How long the rows of the training data are, and what the limit does to them."""

    n_rows: int
    is_all: bool
    """False where only the first rows were counted."""
    n_dropped: int
    """Longer than `max_length`: left out where they would be trained on."""
    n_cut: int
    """A row is trained on whole or not at all, so none."""
    longest: int
    """Tokens of the longest row, target and end included: the smallest limit that keeps all."""
    longest_line: int
    """Where that row starts in the file, from 1."""


@dataclass(frozen=True, kw_only=True)
class TokenView:
    """A row, token for token as a job trains on it."""

    model: str
    template: Literal["chat", "plain"]
    file: str
    """The training data, as the prompt names it."""
    row: int
    line: int
    ids: tuple[int, ...]
    trained: tuple[bool, ...]
    """The loss mask: whether a token is learned, or only read."""
    n_prompt: int
    """Tokens that generation starts from."""
    end_id: int | None
    """The last token of the target, which ends the turn; None for a row without a target."""
    row_hash: str
    """SHA-256 over ids and mask, as in `rows.jsonl` of a run."""
    pieces: tuple[Piece, ...]
    """All tokens as text, in order."""
    max_length: int | None
    """Of `tunesmith.train`; None where its options cannot be read."""
    data: DataLengths | None
    """None where they were not counted."""


@dataclass(frozen=True, kw_only=True)
class NoTokens:
    """There is no view."""

    problem: str
    """Why, and what to do."""
