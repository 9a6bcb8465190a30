"""The base model as rules see it: its tokenizer and its chat template, never its weights."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.output import Message, Segment


class Model(Protocol):
    """What the analysis worker lends to the rules, which themselves import no tokenizer."""

    @property
    def name(self) -> str:
        """As `tunesmith.train` names it, such as `builtin/smollm2-135m-instruct`."""
        ...

    @property
    def folder(self) -> Path:
        """Where it lies."""
        ...

    @property
    def template(self) -> Literal["chat", "plain"]:
        """How this prompt is put to it."""
        ...

    @property
    def has_chat_template(self) -> bool:
        """Whether it could be `chat`."""
        ...

    @property
    def context_length(self) -> int | None:
        """Tokens that the model was made for; None where its configuration does not say."""
        ...

    @property
    def control_tokens(self) -> Mapping[str, int]:
        """Tokens that mean structure, such as `<|im_start|>`, with their ids."""
        ...

    @property
    def named_tokens(self) -> Mapping[str, str]:
        """`bos_token`, `eos_token` and so on, as far as the tokenizer names them."""
        ...

    @property
    def end_tokens(self) -> frozenset[str]:
        """Those that end an answer."""
        ...

    def encode(
        self, messages: Sequence[Message], target: str | tuple[Segment, ...] | None
    ) -> Encoded:
        """As the job encodes. Raises EncodeError."""
        ...

    def ids(self, text: str) -> tuple[int, ...]:
        """A bare text as tokens, as a tokenizer reads it where nothing is guarded."""
        ...

    def most_ids(self, text: str) -> int:
        """A number of tokens that a text never exceeds, found without encoding it."""
        ...

    def text(self, ids: Sequence[int]) -> str:
        """Tokens as text, control tokens included."""
        ...

    def chat_text(self, messages: Sequence[Message]) -> str:
        """What the chat template makes of some turns, ready for an answer. Raises EncodeError."""
        ...
