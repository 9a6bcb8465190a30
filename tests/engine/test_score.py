"""Label scores against what transformers computes the plain way, in fp32."""

from pathlib import Path

import pytest
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from tiny import write_tiny_model
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.score import Choice, score_choices

END = 2


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    spec = write_tiny_model(tmp_path_factory.mktemp("tiny"))
    return load_model(spec, "cpu", dtype=torch.float32)


@pytest.fixture(scope="module")
def windowed() -> LoadedModel:
    """A model whose attention, in one of two layers, sees 16 tokens: fewer than the prefix has."""
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        sliding_window=16,
        layer_types=["sliding_attention", "full_attention"],
        final_logit_softcapping=3.0,
    )
    model = Gemma3ForCausalLM(config).eval()
    return LoadedModel(model=model, device=torch.device("cpu"))


def prompts(n_rows: int, n_shared: int = 24) -> list[tuple[int, ...]]:
    """Rows that start alike and then are of 3 to 12 tokens each."""
    draw = torch.Generator().manual_seed(1)
    shared = torch.randint(3, 260, (n_shared,), generator=draw).tolist()
    lengths = torch.randint(3, 13, (n_rows,), generator=draw).tolist()
    rests = [torch.randint(3, 260, (length,), generator=draw).tolist() for length in lengths]
    return [(*shared, *rest) for rest in rests]


def reference(loaded: LoadedModel, choice: Choice) -> list[float]:
    """Log-probability of each whole answer, one sequence at a time, then a softmax over them."""
    sums = []
    for answer in choice.answers:
        ids = torch.tensor([[*choice.prompt, *answer]])
        with torch.no_grad():
            steps = torch.log_softmax(loaded.base(input_ids=ids).logits[0].float(), dim=-1)
        first = len(choice.prompt) - 1
        sums.append(sum(steps[first + i, token] for i, token in enumerate(answer)))
    return torch.softmax(torch.stack(sums), dim=-1).tolist()


def results(loaded: LoadedModel, choices: list[Choice], **options: bool) -> list[list[float]]:
    found = dict(score_choices(loaded, choices, **options))
    return [list(found[index]) for index in range(len(choices))]


@pytest.mark.parametrize("model", ["loaded", "windowed"])
@pytest.mark.parametrize("share_prefix", [True, False])
def test_labels_that_share_a_beginning_count_with_all_their_tokens(
    model: str, share_prefix: bool, request: pytest.FixtureRequest
) -> None:
    model_in_test: LoadedModel = request.getfixturevalue(model)
    answers = ((7, 8, END), (7, 9, 10, END), (7, END), (11, END))
    choices = [Choice(prompt=prompt, answers=answers) for prompt in prompts(6)]

    found = results(model_in_test, choices, share_prefix=share_prefix)

    for row, choice in zip(found, choices, strict=True):
        assert row == pytest.approx(reference(model_in_test, choice), abs=2e-6)


@pytest.mark.parametrize("model", ["loaded", "windowed"])
@pytest.mark.parametrize("share_prefix", [True, False])
def test_first_tokens_decide_where_they_differ(
    model: str, share_prefix: bool, request: pytest.FixtureRequest
) -> None:
    model_in_test: LoadedModel = request.getfixturevalue(model)
    answers = ((7, 8, END), (9, 10, END))
    choices = [Choice(prompt=prompt, answers=answers) for prompt in prompts(16)]

    found = results(model_in_test, choices, share_prefix=share_prefix)

    for row, choice in zip(found, choices, strict=True):
        first_tokens = Choice(prompt=choice.prompt, answers=((7,), (9,)))
        assert row == pytest.approx(reference(model_in_test, first_tokens), abs=2e-6)


def test_what_all_answers_begin_with_does_not_cost_the_fast_path(loaded: LoadedModel) -> None:
    prompt = prompts(1)[0]
    formatted = [Choice(prompt=prompt, answers=((5, 6, 7, END), (5, 6, 9, END)))]
    moved = [Choice(prompt=(*prompt, 5, 6), answers=((7, END), (9, END)))]

    assert results(loaded, formatted) == results(loaded, moved)


def test_bfloat16_weights_meet_the_head_in_float32(loaded: LoadedModel, tmp_path: Path) -> None:
    half = load_model(write_tiny_model(tmp_path), "cpu", dtype=torch.bfloat16)
    answers = ((7, END), (9, END), (11, END))
    choices = [Choice(prompt=prompt, answers=answers) for prompt in prompts(20)]

    found = results(half, choices)

    # Logits rounded to bf16 come in steps of 1/64 here, and ties would be common.
    assert len({probability for row in found for probability in row}) == 60
    for row, choice in zip(found, choices, strict=True):
        first_tokens = Choice(prompt=choice.prompt, answers=((7,), (9,), (11,)))
        assert row == pytest.approx(reference(loaded, first_tokens), abs=5e-3)


def test_nothing_to_score() -> None:
    assert dict(score_choices(None, [])) == {}  # pyright: ignore[reportArgumentType]
