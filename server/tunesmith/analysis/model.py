"""The base model of a prompt, as far as rules look at it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from tunesmith.lint.model import Model
from tunesmith.models.facts import read_facts, template_for
from tunesmith.models.registry import resolve
from tunesmith.prompt.encode import EncodeError, Encoder
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.output import Message, Segment

_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx")


@dataclass(frozen=True)
class _LoadedModel:
    name: str
    template: Literal["chat", "plain"]
    folder: Path
    encoder: Encoder

    @property
    def has_chat_template(self) -> bool:
        return self.encoder.has_chat_template

    @property
    def control_tokens(self) -> Mapping[str, int]:
        return self.encoder.control_tokens

    @property
    def named_tokens(self) -> Mapping[str, str]:
        return self.encoder.named_tokens

    @property
    def context_length(self) -> int | None:
        config = cast("dict[str, Any]", json.loads((self.folder / "config.json").read_text()))
        found = next((config[key] for key in _CONTEXT_KEYS if key in config), None)
        return found if isinstance(found, int) else None

    def encode(
        self, messages: Sequence[Message], target: str | tuple[Segment, ...] | None
    ) -> Encoded:
        return self.encoder.encode(messages, target, template=self.template)

    def ids(self, text: str) -> tuple[int, ...]:
        return self.encoder.ids(text)

    def text(self, ids: Sequence[int]) -> str:
        return self.encoder.decode(ids, keep_control=True)

    def chat_text(self, messages: Sequence[Message]) -> str:
        return self.encoder.chat_text(messages)


def load_model(loaded: LoadedPrompt, root: Path) -> Model | None:
    """The base model of a prompt; None where it is not on this machine or cannot be read."""
    place = resolve(loaded.extension.base, workspace=root)
    if place.path is None:
        return None
    try:
        template = template_for(loaded.extension.train.get("template"), read_facts(place.path))
        return _LoadedModel(place.name, template, place.path, _encoder(place.path))
    except (ValueError, OSError, EncodeError):
        return None


@lru_cache(maxsize=2)
def _encoder(folder: Path) -> Encoder:
    return Encoder.load(folder)
