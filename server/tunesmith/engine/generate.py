"""The decoding loop: token ids in, new token ids out, one at a time."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from transformers import DynamicCache, PreTrainedModel


class Stopped(Exception):
    """Somebody asked for the generation to end."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the next token is chosen, and how many there may be."""

    max_new_tokens: int
    temperature: float = 0.0
    """0: the most probable token, always."""
    seed: int = 0


def generate(
    model: PreTrainedModel,
    ids: tuple[int, ...],
    sampling: Sampling,
    *,
    eos_ids: frozenset[int],
    should_stop: Callable[[], bool],
    front: DynamicCache | None = None,
) -> Iterator[int]:
    """New tokens up to, and without, the first of `eos_ids`; greedy ones as `model.generate` picks.

    `front` is what a method puts in front of the prompt; it is used up.

    Raises Stopped soon after `should_stop` turns true, also while the prompt is being read.
    """
    choose = _chooser(model, sampling)
    cache = front or DynamicCache(config=model.config)
    sequence = torch.tensor([ids], device=model.device)
    fed = sequence
    with _interruptible(model, should_stop):
        for _ in range(sampling.max_new_tokens):
            if should_stop():
                raise Stopped
            token = choose(sequence, _next_logits(model, fed, cache))
            if token in eos_ids:
                return
            yield token
            fed = torch.tensor([[token]], device=model.device)
            sequence = torch.cat([sequence, fed], dim=1)


@torch.inference_mode()
def _next_logits(model: PreTrainedModel, fed: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
    """Logits of the token after `fed`, shape (1, vocabulary), float32."""
    output = model(input_ids=fed, past_key_values=cache, use_cache=True, logits_to_keep=1)
    return output.logits[:, -1].float()


def _chooser(
    model: PreTrainedModel, sampling: Sampling
) -> Callable[[torch.Tensor, torch.Tensor], int]:
    # Some models ship a repetition penalty, which `model.generate` applies to greedy decoding too.
    penalty = getattr(model.generation_config, "repetition_penalty", None) or 1.0
    # On the CPU, so that one seed gives one answer whatever device the model is on.
    random = torch.Generator().manual_seed(sampling.seed)

    @torch.inference_mode()
    def choose(sequence: torch.Tensor, logits: torch.Tensor) -> int:
        scores = logits if penalty == 1.0 else _penalised(logits, sequence, penalty)
        if sampling.temperature == 0:
            return int(scores.argmax(dim=-1))
        shares = torch.softmax(scores / sampling.temperature, dim=-1).cpu()
        return int(torch.multinomial(shares[0], 1, generator=random))

    return choose


def _penalised(logits: torch.Tensor, sequence: torch.Tensor, penalty: float) -> torch.Tensor:
    """Logits with every token of `sequence` made less probable (Keskar et al. 2019)."""
    seen = logits.gather(1, sequence)
    lowered = torch.where(seen < 0, seen * penalty, seen / penalty)
    return logits.scatter(1, sequence, lowered)


@contextmanager
def _interruptible(model: PreTrainedModel, should_stop: Callable[[], bool]) -> Generator[None]:
    """Ask `should_stop` before every layer: one forward pass over a long prompt takes seconds."""

    def check(*_: object) -> None:
        if should_stop():
            raise Stopped

    hooks = [layer.register_forward_pre_hook(check) for layer in _layers(model)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _layers(model: PreTrainedModel) -> torch.nn.ModuleList:
    """The stack of decoder layers: where the decoder does not name it, its longest list."""
    decoder = model.get_decoder()
    layers = getattr(decoder, "layers", None)
    if isinstance(layers, torch.nn.ModuleList):
        return layers
    stacks = [module for module in decoder.modules() if isinstance(module, torch.nn.ModuleList)]
    return max(stacks, key=len, default=torch.nn.ModuleList())
