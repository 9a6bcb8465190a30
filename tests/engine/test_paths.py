"""Every path computes the loss and the gradient of the plain one, or is not taken."""

import random
from dataclasses import replace
from typing import Any

import pytest
import torch
from architectures import ARCHITECTURES, RECURRENT, make_model
from peft import LoraConfig, get_peft_model
from torch.nn.attention.flex_attention import create_block_mask, create_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention

from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.models import peft_without_noise
from tunesmith.engine.path_choice import choose_path
from tunesmith.engine.paths import Batch, ForwardPath, forward_paths, make_batch
from tunesmith.engine.paths.packed import sight
from tunesmith.prompt.encoded import Encoded

pytestmark = pytest.mark.filterwarnings("ignore:fan_in_fan_out")

PATHS = {path.name: path for path in forward_paths()}
PLAIN = PATHS["plain"]


def rows(n_prefix: int, n_rows: int, *, longest: int = 16, seed: int = 1) -> list[Encoded]:
    """Rows of unequal length with one to three targets each, behind a common prefix."""
    chance = random.Random(seed)
    prefix = tuple(chance.randrange(5, 320) for _ in range(n_prefix))
    found = []
    for _ in range(n_rows):
        n_own, n_targets = chance.randrange(longest // 2, longest), chance.randrange(1, 4)
        ids = prefix + tuple(chance.randrange(5, 320) for _ in range(n_own))
        mask = (False,) * (len(ids) - n_targets) + (True,) * n_targets
        found.append(Encoded(ids=ids, mask=mask, n_prompt=len(ids) - n_targets))
    return found


def adapted(name: str, method: str, attention: str = "sdpa") -> Any:
    model = make_model(name, attention)
    if method == "full":
        return model
    torch.manual_seed(1)
    with peft_without_noise():
        lora = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    with torch.no_grad():
        # A fresh adapter has zeros, and with them half of its gradient.
        for weight in lora.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight) * 0.05)
    return lora


def loss_and_gradient(model, path: ForwardPath, batches: list[Batch]) -> tuple[float, torch.Tensor]:
    model.zero_grad()
    loss_of, total = TargetLoss(model, path), 0.0
    for batch in batches:
        loss = loss_of(batch, [1 / 7] * len(batch.targets))
        loss.backward()
        total += loss.item()
    found = [weight.grad.flatten() for weight in model.parameters() if weight.grad is not None]
    return total, torch.cat(found)


def check_equal(model, path: ForwardPath, batches: list[Batch]):
    loss, gradient = loss_and_gradient(model, path, batches)
    right_loss, right = loss_and_gradient(model, PLAIN, batches)

    assert gradient.shape == right.shape
    assert abs(loss - right_loss) <= 1e-5
    assert (gradient - right).norm() / right.norm() <= 1e-4


@pytest.mark.parametrize("path", ["packed", "two-pass"])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_gradient_is_the_right_one(name: str, method: str, attention: str, path: str):
    model = adapted(name, method, attention)

    check_equal(model, PATHS[path], [make_batch(rows(40, 5))])


@pytest.mark.parametrize("path", ["packed", "two-pass"])
def test_gradients_add_up_over_micro_batches(path: str):
    model, found = adapted("llama", "lora"), rows(40, 6)

    check_equal(model, PATHS[path], [make_batch(found[:2]), make_batch(found[2:])])
    _, whole = loss_and_gradient(model, PATHS[path], [make_batch(found)])
    _, parts = loss_and_gradient(model, PATHS[path], [make_batch(found[:2]), make_batch(found[2:])])
    assert (whole - parts).norm() / whole.norm() <= 1e-4


@pytest.mark.parametrize("name", ["llama", "gemma3", "gpt2"])
def test_activation_checkpointing_takes_a_path_that_is_right(name: str):
    model = adapted(name, "full")
    model.activation_checkpointing_enable()
    found = rows(40, 4)

    choice = choose_path(model, found)

    assert choice.path.name == "packed"
    check_equal(model, choice.path, [make_batch(found)])
    assert PATHS["two-pass"].refuses(model, None) == "activation checkpointing leaves the cache out"


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_rows_that_share_nothing_can_be_packed(name: str, attention: str, monkeypatch):
    packing = replace(PATHS["packed"], packs=lambda _model: True)
    alone = [Batch(rows=tuple(rows(0, 5)), n_shared=0)]

    check_equal(adapted(name, "lora", attention), packing, alone)
    monkeypatch.setattr("tunesmith.engine.path_choice.forward_paths", lambda: [packing, PLAIN])
    choice = choose_path(adapted(name, "lora", attention), rows(0, 5))
    assert (choice.path.name, choice.reason) == ("packed", "")


def test_many_targets_are_taken_in_parts_with_the_same_gradient(monkeypatch):
    model, batches = adapted("llama", "full"), [make_batch(rows(40, 9))]
    whole_loss, whole = loss_and_gradient(model, PLAIN, batches)

    monkeypatch.setattr("tunesmith.engine.loss.N_AT_ONCE", 4)
    loss, gradient = loss_and_gradient(model, PLAIN, batches)

    assert len(batches[0].targets) > 8
    assert abs(loss - whole_loss) <= 1e-5
    assert (gradient - whole).norm() / whole.norm() <= 1e-5


@pytest.mark.parametrize("name", ["llama", "gemma3", "gpt2"])
def test_a_whole_model_is_computed_with_in_bf16_and_learns_in_fp32(name: str, monkeypatch):
    model, batches = adapted(name, "full"), [make_batch(rows(40, 5))]
    exact_loss, exact = loss_and_gradient(model, PLAIN, batches)
    # On a GPU it says so itself.
    for module in ("loss", "path_choice"):
        monkeypatch.setattr(f"tunesmith.engine.{module}.is_mixed", lambda _model: True)

    choice = choose_path(model, rows(40, 5))
    loss, gradient = loss_and_gradient(model, choice.path, batches)

    assert choice.path.name == "packed"
    assert {weight.dtype for weight in model.parameters()} == {gradient.dtype} == {torch.float32}
    assert loss == pytest.approx(exact_loss, rel=0.01)
    assert 1e-5 < (gradient - exact).norm() / exact.norm() < 0.05


def test_the_first_path_is_taken_where_it_is_right():
    choice = choose_path(make_model("llama"), rows(40, 5))

    assert (choice.path.name, choice.reason) == ("packed", "")
    assert choice.factor == pytest.approx(sum(len(r.ids) for r in rows(40, 5)) / 96, abs=0.2)


def test_a_model_that_ignores_the_mask_is_found_out():
    model = make_model("llama")
    whole = model.get_decoder().forward

    def forgetful(attention_mask: torch.Tensor | None = None, **rest):
        is_packed = attention_mask is not None and attention_mask.dim() == 4
        return whole(attention_mask=None if is_packed else attention_mask, **rest)

    model.get_decoder().forward = forgetful

    choice = choose_path(model, rows(40, 5))

    assert choice.path.name == "two-pass"
    assert "not packed: its gradient is" in choice.reason
    assert all(weight.grad is None for weight in model.parameters())


def test_dropout_and_unlike_rows_are_computed_plainly():
    config = LoraConfig(r=2, lora_dropout=0.1, target_modules="all-linear")
    with peft_without_noise():
        dropping = get_peft_model(make_model("llama"), config)
    unlike = [replace(row, ids=(300 - i, *row.ids[1:])) for i, row in enumerate(rows(40, 5))]

    unseen = make_model("llama")
    for layer in unseen.model.layers:
        layer.self_attn.attention_dropout = unseen.config.attention_dropout = 0.1
    for model in (dropping, unseen):
        assert choose_path(model.train(), rows(40, 5)).reason.startswith("with dropout")
    assert choose_path(make_model("llama"), unlike).reason.startswith("the rows share no prefix")


@pytest.mark.parametrize(
    ("ids", "n_prompts", "expected"),
    [
        ([range(20, 40), range(20, 39)], [15, 15], 14),
        ([range(20, 40), [*range(20, 32), *range(50, 60)]], [15, 15], 12),
        ([range(20, 40), [*range(20, 32), *range(50, 60)]], [15, 10], 9),
        ([range(20, 40), [*range(20, 24), *range(50, 60)]], [15, 10], 0),
        ([range(20, 40)], [15], 0),
    ],
)
def test_what_rows_share_ends_before_the_first_place_that_predicts(ids, n_prompts, expected):
    found = [
        Encoded(ids=tuple(row), mask=tuple(at >= n for at in range(len(row))), n_prompt=n)
        for row, n in zip(ids, n_prompts, strict=True)
    ]

    assert make_batch(found).n_shared == expected


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("window", [None, 12])
def test_blocks_for_flex_attention_hide_what_the_dense_mask_hides(window: int | None):
    # The prefix 0 1 2, and two rows behind it.
    at = torch.tensor([0, 1, 2, 3, 4, 3, 4, 5])
    owners = torch.tensor([-1, -1, -1, 0, 0, 1, 1, 1])
    seen = [
        "x.......",
        "xx......",
        "xxx.....",
        "xxxx....",
        "xxxxx...",
        "xxx..x..",
        "xxx..xx.",
        "xxx..xxx",
    ]

    small = create_mask(sight(at, owners, None), None, None, 8, 8, device="cpu")[0, 0]
    long_at = torch.cat([at, torch.arange(3, 259)])
    long_owners = torch.cat([owners, torch.full((256,), 2)])
    sees = sight(long_at, long_owners, window)
    blocks = create_block_mask(sees, None, None, 264, 264, device="cpu")
    query, key, value = torch.randn(3, 1, 2, 264, 16).unbind()
    places = torch.arange(264)
    dense = sees(None, None, places[:, None], places[None, :])

    assert ["".join(".x"[int(one)] for one in row) for row in small] == seen
    assert torch.allclose(
        flex_attention(query, key, value, block_mask=blocks),
        scaled_dot_product_attention(query, key, value, attn_mask=dense),
        atol=1e-5,
    )


@pytest.mark.parametrize("name", RECURRENT)
def test_a_model_that_carries_a_state_along_is_computed_plainly(name: str):
    choice = choose_path(make_model(name, "eager"), rows(40, 4))

    assert choice.path.name == "plain"
    assert choice.reason.startswith("not packed: it")
    assert "not two-pass: " in choice.reason
