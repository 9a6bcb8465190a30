"""Every method learns, is written, and comes back as it was."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_loop import OPTIONS, Recorder, run

from tiny import write_tiny_model
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.engine.checkpoint import restore_checkpoint, save_checkpoint
from tunesmith.engine.contest import as_base
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.paths import Batch
from tunesmith.engine.paths.plain import PATH as PLAIN
from tunesmith.engine.score import Choice, score_choices
from tunesmith.prompt.encoded import Encoded

RATES = {
    "full": 0.003,
    "lora": 0.01,
    "dora": 0.01,
    "qlora": 0.01,
    "rslora": 0.003,
    "p-tuning": 0.01,
    "prompt-tuning": 1.0,
    "prefix-tuning": 1.0,
}
SOFT = ("p-tuning", "prompt-tuning")
"""A random model hardly listens to tokens that it was never trained on."""
PREFIX = tuple(range(20, 40))
ROWS = [
    Encoded(ids=(*PREFIX, *range(50, 50 + n), 90 + n % 2, 2), mask=mask, n_prompt=20 + n)
    for n in range(3, 19)
    for mask in [(False,) * (20 + n) + (True, True)]
]
CHOICES = [Choice(prompt=row.ids[: row.n_prompt], answers=((90, 2), (91, 2))) for row in ROWS]
EVERY_METHOD = pytest.mark.parametrize("method", tuning_methods())


@pytest.fixture
def spec(tmp_path: Path):
    return write_tiny_model(tmp_path / "tiny")


def base_model(spec, method: str) -> LoadedModel:
    spec = replace(spec, quantised=methods()[method].quantised)
    return load_model(spec, "cpu", dtype=torch.float32)


def attached(spec, method: str, **options) -> LoadedModel:
    loaded = base_model(spec, method)
    with torch.no_grad():
        # With the small numbers of a fresh model nothing gets likely.
        loaded.base.get_parameter("model.embed_tokens.weight").mul_(10)
    torch.manual_seed(0)
    chosen = resolve_options(methods()[method].options, options)
    model = tuning_methods()[method].attach(loaded.base, chosen)
    return replace(loaded, model=model, is_tuned=True)


def trained(loaded: LoadedModel, method: str) -> tuple[list[float], list[str]]:
    """The loss of each step, and the path taken."""
    recorder = Recorder()
    run(loaded, recorder, replace(OPTIONS, epochs=6, lr=RATES[method], eval_steps=100), rows=ROWS)
    return [step.loss for step in recorder.steps], [taken.path for taken in recorder.paths]


def gradient(loaded: LoadedModel) -> torch.Tensor:
    found = [w.grad.flatten() for w in loaded.model.parameters() if w.grad is not None]
    loaded.model.zero_grad()
    return torch.cat(found)


def scores(loaded: LoadedModel) -> torch.Tensor:
    with torch.no_grad():
        return torch.tensor([found for _, found in sorted(score_choices(loaded, CHOICES))])


def test_the_catalog_and_the_engine_have_the_same_methods():
    assert list(methods()) == list(tuning_methods())


@EVERY_METHOD
def test_a_method_learns_and_comes_back(method: str, spec, tmp_path: Path):
    loaded = attached(spec, method)

    losses, paths = trained(loaded, method)
    after = scores(loaded)
    save_checkpoint(loaded.model, tmp_path / "step-1", step=1, score=0.5)
    again = attached(spec, method)
    restore_checkpoint(again.model, tmp_path / "step-1")
    again.model.eval()

    assert sum(losses[-4:]) < (1.0 if method in SOFT else 0.8) * sum(losses[:4])
    assert paths == ["two-pass" if "tuning" in method else "packed"]
    assert torch.equal(scores(again), after)


@EVERY_METHOD
def test_a_prefix_that_is_shared_changes_no_score(method: str, spec):
    loaded = attached(spec, method)
    trained(loaded, method)

    with torch.no_grad():
        alone = [found for _, found in sorted(score_choices(loaded, CHOICES, share_prefix=False))]

    assert torch.allclose(scores(loaded), torch.tensor(alone), atol=1e-5)


@EVERY_METHOD
def test_the_base_model_is_still_there(method: str, spec):
    before = scores(base_model(spec, method))
    loaded = replace(base_model(spec, method), is_tuned=True)
    torch.manual_seed(0)
    chosen = resolve_options(methods()[method].options, {})
    loaded = replace(loaded, model=tuning_methods()[method].attach(loaded.base, chosen))

    trained(loaded, method)

    assert not torch.allclose(scores(loaded), before, atol=1e-4)
    with as_base(loaded, spec) as base:
        assert torch.allclose(scores(base), before, atol=1e-4)


@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
def test_a_run_is_loaded_as_it_was_tuned(method: str, spec, tmp_path: Path):
    loaded = replace(base_model(spec, method), is_tuned=True)
    torch.manual_seed(0)
    options = resolve_options(methods()[method].options, {})
    loaded = replace(loaded, model=tuning_methods()[method].attach(loaded.base, options))
    trained(loaded, method)
    save_checkpoint(loaded.model, tmp_path / "adapter", step=1, score=0.5)

    tuned = replace(spec, adapter=str(tmp_path / "adapter"))
    again = base_model(tuned, method)

    assert again.is_tuned
    assert torch.equal(scores(again), scores(loaded))
    with as_base(again, replace(tuned, quantised=method == "qlora")) as base:
        assert torch.allclose(scores(base), scores(base_model(spec, method)), atol=1e-4)


def test_a_model_in_four_bits_learns_the_same_whether_it_has_answered_or_not(spec):
    loaded = attached(spec, "qlora")
    loss_of = TargetLoss(loaded.model.train(), PLAIN)
    batch = Batch(rows=tuple(ROWS[:2]), n_shared=0)

    loss_of(batch, [0.25] * 4).backward()
    before = gradient(loaded)
    loaded.model.eval()
    scores(loaded)
    loaded.model.train()
    loss_of(batch, [0.25] * 4).backward()

    assert before.norm() > 0
    assert torch.equal(gradient(loaded), before)


def test_without_bitsandbytes_it_is_said_what_to_install(spec, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)

    with pytest.raises(ValueError, match=r"4-bit weights need bitsandbytes.*'tunesmith\[gpu\]'"):
        base_model(spec, "qlora")
