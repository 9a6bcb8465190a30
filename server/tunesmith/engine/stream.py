"""One preview, from a row to streamed text, with the model kept for the next one."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedModel

from tunesmith.engine.front import front_of
from tunesmith.engine.generate import Sampling, Stopped, generate
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.prompt.encode import Encoder
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import RenderError, render
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.preview import Done, Generate, Token
from tunesmith.wire.spec import ModelSpec


class PreviewError(Exception):
    """Why a request has no answer, and what to do."""


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    spec: ModelSpec
    model: LoadedModel
    encoder: Encoder


class Previewer:
    """Answers one request after the other; loads a model only when the last one was another."""

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None

    def answer(self, request: Generate, should_stop: Callable[[], bool]) -> Iterator[Token | Done]:
        """Tokens as they come, then Done. Raises PreviewError, and what loading a model raises."""
        started = time.perf_counter()
        _check_settings(request)
        loaded = self._load(request.model)
        ids = _encode(request, loaded.encoder)
        sampling = Sampling(
            max_new_tokens=min(request.max_new_tokens, _room(loaded.model.base, len(ids))),
            temperature=request.temperature,
            seed=request.seed,
        )
        answer = _Answer(request.id, len(ids), started, loaded.encoder.decode)
        tokens = generate(
            loaded.model.base,
            ids,
            sampling,
            eos_ids=frozenset(loaded.encoder.eos_ids),
            should_stop=should_stop,
            front=front_of(loaded.model.model),
        )
        yield from answer.stream(tokens)

    def _load(self, spec: ModelSpec) -> _Loaded:
        if self._loaded is None or self._loaded.spec != spec:
            # The old model goes first: there may not be memory for two.
            self._loaded = None
            encoder = Encoder.load(Path(spec.path))
            self._loaded = _Loaded(spec=spec, model=load_model(spec), encoder=encoder)
        return self._loaded


class _Answer:
    """Text so far, without the part that the next token may still change."""

    def __init__(
        self,
        request_id: int,
        n_prompt: int,
        started: float,
        decode: Callable[[tuple[int, ...]], str],
    ) -> None:
        self._id = request_id
        self._n_prompt = n_prompt
        self._started = started
        self._decode = decode
        self._ids: tuple[int, ...] = ()
        self._sent = ""
        self._first_token_s = 0.0

    def stream(self, tokens: Iterator[int]) -> Iterator[Token | Done]:
        stopped = False
        try:
            for token in tokens:
                self._first_token_s = self._first_token_s or self._elapsed()
                self._ids += (token,)
                # Bytes of an incomplete character decode to U+FFFD.
                yield from self._send(self._decode(self._ids).rstrip("\ufffd"))
        except Stopped:
            stopped = True
        text = self._decode(self._ids)
        yield from self._send(text)
        yield Done(
            id=self._id,
            text=text,
            n_prompt_tokens=self._n_prompt,
            n_tokens=len(self._ids),
            first_token_s=self._first_token_s,
            total_s=self._elapsed(),
            stopped=stopped,
        )

    def _send(self, text: str) -> Iterator[Token]:
        new = text[len(self._sent) :]
        if new and text.startswith(self._sent):
            self._sent = text
            yield Token(id=self._id, text=new)

    def _elapsed(self) -> float:
        return time.perf_counter() - self._started


def _check_settings(request: Generate) -> None:
    if request.max_new_tokens < 1:
        raise PreviewError(f"max_new_tokens is {request.max_new_tokens}: set it to 1 or more")
    if request.temperature < 0:
        raise PreviewError(f"temperature is {request.temperature}: set it to 0 (greedy) or more")


def _encode(request: Generate, encoder: Encoder) -> tuple[int, ...]:
    try:
        rendered = render(
            parse(request.prompt),
            request.values,
            partials=request.partials,
            keep_target=False,
        )
    except RenderError as error:
        line, _ = LineIndex(request.prompt).position(error.span.start)
        raise PreviewError(f"line {line + 1} of the prompt: {error}") from error
    using = encoder.using(request.chat_template_kwargs)
    return using.encode(rendered.messages, None, template=request.template).ids


def _room(model: PreTrainedModel, n_prompt: int) -> int:
    """How many tokens the model's context has left. Raises PreviewError for none."""
    limit = getattr(model.config, "max_position_embeddings", None) or 1 << 30
    if not n_prompt:
        raise PreviewError("the prompt renders to nothing for this row: give it some text")
    if n_prompt >= limit:
        raise PreviewError(
            f"the prompt of this row is {n_prompt} tokens and the model reads at most "
            f"{limit - 1}: shorten the prompt or the row's values"
        )
    return limit - n_prompt
