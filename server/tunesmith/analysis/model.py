"""The base model of a prompt, as far as rules look at it."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from tunesmith.lint.model import Model
from tunesmith.models.facts import context_length, read_facts, template_for
from tunesmith.models.registry import resolve
from tunesmith.prompt.encode import EncodeError, Encoder
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.output import Message, Segment
from tunesmith.prompt.text import Span

_SLOW_S = 0.2
_TURN = Message(role="user", parts=(Segment(text="x", is_value=False, span=Span(0, 0)),))
Made = TypeVar("Made")


class _LoadedModel:
    def __init__(
        self, name: str, template: Literal["chat", "plain"], folder: Path, encoder: Encoder
    ) -> None:
        self.name, self.folder = name, folder
        self.template: Literal["chat", "plain"] = template
        self._encoder = encoder
        self._refusal: EncodeError | None = None

    @property
    def has_chat_template(self) -> bool:
        return self._encoder.has_chat_template

    @property
    def control_tokens(self) -> Mapping[str, int]:
        return self._encoder.control_tokens

    @property
    def named_tokens(self) -> Mapping[str, str]:
        return self._encoder.named_tokens

    @property
    def end_tokens(self) -> frozenset[str]:
        try:
            if self.has_chat_template:
                self.chat_text([_TURN])
        except EncodeError:
            return frozenset(self.control_tokens.keys() & {self.named_tokens.get("eos_token", "")})
        ids = self._encoder.eos_ids
        return frozenset(text for text, number in self.control_tokens.items() if number in ids)

    @property
    def context_length(self) -> int | None:
        return context_length(self.folder)

    def encode(
        self, messages: Sequence[Message], target: str | tuple[Segment, ...] | None
    ) -> Encoded:
        return self._tried(lambda: self._encoder.encode(messages, target, template=self.template))

    def ids(self, text: str) -> tuple[int, ...]:
        return self._encoder.ids(text)

    def most_ids(self, text: str) -> int:
        return self._encoder.most_ids(text)

    def text(self, ids: Sequence[int]) -> str:
        return self._encoder.decode(ids, keep_control=True)

    def chat_text(self, messages: Sequence[Message]) -> str:
        return self._tried(lambda: self._encoder.chat_text(messages))

    def _tried(self, make: Callable[[], Made]) -> Made:
        """What `make` gives. A template that was slow to fail once is not asked again."""
        if self._refusal:
            raise self._refusal
        started = time.thread_time()
        try:
            return make()
        except EncodeError as error:
            if time.thread_time() - started > _SLOW_S:
                self._refusal = error
            raise


def load_model(loaded: LoadedPrompt, root: Path) -> Model | None:
    """The base model of a prompt; None where it is not on this machine or cannot be read."""
    try:
        return open_model(loaded, root)
    except (ValueError, OSError):
        return None


def open_model(loaded: LoadedPrompt, root: Path) -> Model:
    """The base model of a prompt. Raises ValueError or OSError that says what to do."""
    place = resolve(loaded.extension.base, workspace=root)
    if place.path is None:
        raise ValueError(place.problem)
    template = template_for(loaded.extension.train.get("template"), read_facts(place.path))
    encoder = _encoder(place.path).using(loaded.extension.chat_template_kwargs)
    return _LoadedModel(place.name, template, place.path, encoder)


@lru_cache(maxsize=2)
def _encoder(folder: Path) -> Encoder:
    return Encoder.load(folder)
