"""Between whoever wants a preview and the preview worker: one JSON object a line, both ways."""

from dataclasses import dataclass, field
from typing import Literal

from tunesmith.wire.spec import ModelSpec, Scalar


@dataclass(frozen=True, kw_only=True)
class Generate:
    """Render one row through the prompt and answer it."""

    op: Literal["generate"] = "generate"
    id: int
    model: ModelSpec
    prompt: str
    """Text of the prompt, as the editor has it."""
    partials: dict[str, str]
    """Partial name to its text."""
    values: dict[str, object]
    """Variable to value: the row, by the names that the template uses."""
    template: Literal["chat", "plain"]
    chat_template_kwargs: dict[str, Scalar] = field(default_factory=dict[str, Scalar])
    """Names that the model's chat template reads."""
    max_new_tokens: int
    temperature: float
    """0: greedy."""
    seed: int


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Stop generation `id`; a Done with `stopped` follows."""

    op: Literal["cancel"] = "cancel"
    id: int


@dataclass(frozen=True, kw_only=True)
class Token:
    """More of the answer. Text that may still change with the next token is held back."""

    op: Literal["token"] = "token"
    id: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """The answer is complete."""

    op: Literal["done"] = "done"
    id: int
    text: str
    n_prompt_tokens: int
    n_tokens: int
    first_token_s: float
    """Seconds from request to first token."""
    total_s: float
    stopped: bool
    """It was cancelled."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """There is no answer, and why."""

    op: Literal["problem"] = "problem"
    id: int
    message: str


Request = Generate | Cancel
Reply = Token | Done | Problem
