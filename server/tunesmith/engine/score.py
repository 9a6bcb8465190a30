"""How probable a model finds each label of a row, without letting it write anything.

Where the labels differ in their first token, that token decides and one forward pass answers
for all of them; else each label counts with all its tokens, its end included, so that no label
is favoured for being the beginning of another. Logits are computed in fp32, at the positions
that are asked about and nowhere else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from tunesmith.engine.front import front_of
from tunesmith.engine.head import logits_of
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.prefix import (
    MIN_SHARED,
    Ids,
    Prefix,
    hidden_states,
    run_prefix,
    shared_length,
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One question with its possible answers."""

    prompt: Ids
    answers: tuple[Ids, ...]
    """For each label, the tokens that would follow, with the end token."""


def score_choices(
    loaded: LoadedModel, choices: Sequence[Choice], *, share_prefix: bool = True
) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Index of a choice and its labels' probabilities, as they are computed (short rows first).

    The probabilities of a choice add up to 1. Between two results nothing runs, so that a caller
    stops the work by not asking for the next one. `share_prefix` false is the plain path that
    sharing is tested against.
    """
    choices = [_lead_in(choice) for choice in choices]
    if not choices:
        return
    model = loaded.base
    prompts = [choice.prompt for choice in choices]
    n_shared = shared_length(prompts) if share_prefix and len(prompts) > 1 else 0
    prefix = _front(loaded)
    if n_shared >= MIN_SHARED:
        prefix = run_prefix(model, prompts[0][:n_shared], prefix)
    if all(_first_tokens_differ(choice) for choice in choices):
        for batch in _batches(prompts, n_shared, _token_budget(loaded)):
            scores = _by_first_token(model, [choices[i] for i in batch], prefix)
            yield from zip(batch, scores, strict=True)
    else:
        for index in sorted(range(len(choices)), key=lambda i: len(prompts[i])):
            yield index, _by_all_tokens(model, choices[index], prefix)


@torch.inference_mode()
def _front(loaded: LoadedModel) -> Prefix | None:
    """What a method puts in front of every prompt, as a prefix without ids."""
    cache = front_of(loaded.model)
    return None if cache is None else Prefix(ids=(), cache=cache)


def _lead_in(choice: Choice) -> Choice:
    """Ids that all answers begin with (`Sentiment: `) decide nothing: they join the prompt."""
    n_shared = shared_length(choice.answers)
    return Choice(
        prompt=choice.prompt + choice.answers[0][:n_shared],
        answers=tuple(answer[n_shared:] for answer in choice.answers),
    )


def _first_tokens_differ(choice: Choice) -> bool:
    return len({answer[0] for answer in choice.answers}) == len(choice.answers)


def _token_budget(loaded: LoadedModel) -> int:
    """Ids of one batch: on a CPU larger ones gain nothing, and show results later."""
    return 512 if loaded.device.type == "cpu" else 16384


def _batches(prompts: Sequence[Ids], n_shared: int, budget: int) -> Iterator[list[int]]:
    """Indexes of prompts of about one length, so that little is filled up."""
    batch: list[int] = []
    for index in sorted(range(len(prompts)), key=lambda i: len(prompts[i])):
        length = len(prompts[index])
        n_rows = len(batch) + 1
        # The expanded prefix costs memory, if no time: eight times the budget bounds that too.
        if batch and max(n_rows * (length - n_shared), n_rows * length // 8) > budget:
            yield batch
            batch = []
        batch.append(index)
    yield batch


@torch.inference_mode()
def _by_first_token(
    model: PreTrainedModel, choices: Sequence[Choice], prefix: Prefix | None
) -> list[tuple[float, ...]]:
    n_known = len(prefix.ids) if prefix else 0
    hidden = hidden_states(model, [choice.prompt for choice in choices], prefix)
    scores: list[tuple[float, ...]] = []
    for row, choice in zip(hidden, choices, strict=True):
        last = row[len(choice.prompt) - n_known - 1]
        logits = logits_of(model, last, [answer[0] for answer in choice.answers])
        scores.append(tuple(torch.softmax(logits, dim=-1).tolist()))
    return scores


@torch.inference_mode()
def _by_all_tokens(
    model: PreTrainedModel, choice: Choice, prefix: Prefix | None
) -> tuple[float, ...]:
    # The row is a prefix in its turn, shared by its labels; its last token is computed again with
    # each of them, because what it says about their first token is asked for.
    question = run_prefix(model, choice.prompt[:-1], prefix)
    whole = [choice.prompt + answer[:-1] for answer in choice.answers]
    hidden = hidden_states(model, whole, question)
    lengths = [len(answer) for answer in choice.answers]
    asked = torch.cat([row[:length] for row, length in zip(hidden, lengths, strict=True)])
    tokens = torch.tensor([token for answer in choice.answers for token in answer])
    log_probabilities = torch.log_softmax(logits_of(model, asked), dim=-1)
    picked = log_probabilities.gather(1, tokens.to(asked.device)[:, None])[:, 0]
    scores = torch.stack([part.sum() for part in picked.split(lengths)])
    return tuple(torch.softmax(scores, dim=-1).tolist())
