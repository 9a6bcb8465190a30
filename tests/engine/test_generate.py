"""The decoding loop against `model.generate`, and its end when it is asked to stop."""

from itertools import count

import pytest
import torch
from transformers import AutoModelForCausalLM

from tiny import write_tiny_model
from tunesmith.engine.generate import Sampling, Stopped, _layers, generate

PROMPT = (1, 60, 61, 62, 63, 64)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    spec = write_tiny_model(tmp_path_factory.mktemp("tiny"))
    return AutoModelForCausalLM.from_pretrained(spec.path).eval()


def answer(model, *, eos_ids=frozenset({2}), should_stop=lambda: False, **sampling):
    options = Sampling(**{"max_new_tokens": 24, **sampling})
    return list(generate(model, PROMPT, options, eos_ids=eos_ids, should_stop=should_stop))


def reference(model, **options):
    ids = torch.tensor([PROMPT])
    mask = torch.ones_like(ids)
    output = model.generate(ids, attention_mask=mask, max_new_tokens=24, do_sample=False, **options)
    return output[0, len(PROMPT) :].tolist()


@pytest.mark.parametrize("penalty", [1.0, 1.4])
def test_greedy_is_what_transformers_generates(model, penalty, monkeypatch):
    monkeypatch.setattr(model.generation_config, "repetition_penalty", penalty)

    tokens = answer(model)

    assert tokens == reference(model)
    assert len(tokens) == 24


def test_it_ends_before_an_end_token(model):
    sixth = answer(model)[5]

    tokens = answer(model, eos_ids=frozenset({sixth}))

    assert tokens == answer(model)[: answer(model).index(sixth)]
    assert [*tokens, sixth] == reference(model, eos_token_id=sixth)


def test_one_seed_gives_one_answer_and_another_seed_another(model):
    def sample(seed):
        return answer(model, temperature=1.0, seed=seed)

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)
    assert sample(1) != answer(model)


@pytest.mark.parametrize(("asked_after", "n_tokens"), [(1, 0), (3, 0), (4, 1), (7, 2)])
def test_it_stops_between_two_layers_or_two_tokens(model, asked_after, n_tokens):
    asked = count(1)
    tokens = []

    def should_stop():
        return next(asked) >= asked_after

    with pytest.raises(Stopped):
        tokens.extend(
            generate(
                model,
                PROMPT,
                Sampling(max_new_tokens=24),
                eos_ids=frozenset(),
                should_stop=should_stop,
            )
        )

    # It asks once a token and once for each of the two layers.
    assert len(tokens) == n_tokens


def test_only_the_layers_of_the_decoder_count(model, monkeypatch):
    other = torch.nn.ModuleList(torch.nn.Identity() for _ in range(9))
    monkeypatch.setitem(model.model._modules, "other", other)

    assert _layers(model) is model.model.layers


def test_nothing_is_left_in_the_model(model):
    with pytest.raises(Stopped):
        answer(model, should_stop=lambda: True)

    assert answer(model) == reference(model)
