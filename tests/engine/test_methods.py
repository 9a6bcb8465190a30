"""Every method learns, is written, and comes back as it was."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tiny import write_tiny_model
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.engine.checkpoint import restore_checkpoint, save_checkpoint
from tunesmith.engine.contest import as_base
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.progress import Judgement
from tunesmith.engine.sampler import Sampler, TrainRow
from tunesmith.engine.score import Choice, score_choices
from tunesmith.engine.train import Hooks, LoopOptions, train
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.events import PathTaken, Step

RATES = {
    "full": 0.003,
    "lora": 0.01,
    "dora": 0.01,
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


def attached(spec, method: str, **options) -> LoadedModel:
    loaded = load_model(spec, "cpu", dtype=torch.float32)
    with torch.no_grad():
        # With the small numbers of a fresh model nothing gets likely.
        loaded.base.get_parameter("model.embed_tokens.weight").mul_(10)
    torch.manual_seed(0)
    chosen = resolve_options(methods()[method].options, options)
    model = tuning_methods()[method].attach(loaded.base, chosen)
    return replace(loaded, model=model, is_tuned=True)


def trained(loaded: LoadedModel, method: str) -> tuple[list[float], list[str]]:
    """The loss of each step, and the path taken."""
    losses, paths = [], []

    def report(event: Step | PathTaken) -> None:
        losses.append(event.loss) if isinstance(event, Step) else paths.append(event.path)

    start = Judgement(score=0.0, log_likelihood=-1.0)
    hooks = Hooks(
        report=report,
        judge=lambda _step: start,
        keep=lambda _step, _judgement: None,
        save=lambda _progress, _optimizer: None,
        restore=lambda _optimizer: None,
        check_cancel=lambda: None,
    )
    options = LoopOptions(
        epochs=6,
        lr=RATES[method],
        warmup=0.1,
        clip=1.0,
        weight_decay=0.0,
        eval_steps=100,
        patience=100,
    )
    rows = [TrainRow(wordings=(row,)) for row in ROWS]
    sampler = Sampler(rows=rows, batch_size=4, seed=0)
    train(loaded, sampler, options, start=start, hooks=hooks)
    return losses, paths


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
    before = scores(load_model(spec, "cpu", dtype=torch.float32))
    loaded = replace(
        load_model(spec, "cpu", dtype=torch.float32),
        is_tuned=True,
    )
    torch.manual_seed(0)
    chosen = resolve_options(methods()[method].options, {})
    loaded = replace(loaded, model=tuning_methods()[method].attach(loaded.base, chosen))

    trained(loaded, method)

    assert not torch.allclose(scores(loaded), before, atol=1e-4)
    with as_base(loaded, spec) as base:
        assert torch.allclose(scores(base), before, atol=1e-4)
