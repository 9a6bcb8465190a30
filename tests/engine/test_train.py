"""The loop itself, on a model that trains in a second."""

import math
from dataclasses import replace

import pytest
import torch

from tiny import write_tiny_model
from tunesmith.engine.cancel import JobCancelled
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.paths import make_batch
from tunesmith.engine.paths.plain import PATH as PLAIN
from tunesmith.engine.progress import Judgement
from tunesmith.engine.sampler import Sampler, TrainRow
from tunesmith.engine.train import Diverged, Hooks, LoopOptions, train
from tunesmith.prompt.encode import Encoded
from tunesmith.wire.events import PathTaken

OPTIONS = LoopOptions(
    epochs=4,
    lr=0.05,
    warmup=0.1,
    clip=1.0,
    weight_decay=0.0,
    eval_steps=4,
    patience=100,
)
LORA = {"rank": 4, "alpha": 32.0, "dropout": 0.0}
ROWS = [
    Encoded(
        ids=(5, *range(10, 10 + number), 40 + number % 2, 2),
        mask=(*[False] * (number + 1), True, True),
        n_prompt=number + 1,
    )
    for number in range(3, 19)
]
START = Judgement(score=0.0, log_likelihood=-1.0)


@pytest.fixture
def spec(tmp_path):
    return write_tiny_model(tmp_path)


def adapted(spec, seed: int = 0, method: str = "lora") -> LoadedModel:
    loaded = load_model(spec, "cpu", dtype=torch.float32)
    torch.manual_seed(seed)
    return replace(loaded, model=tuning_methods()[method].attach(loaded.base, LORA))


class Recorder:
    """Hooks that write down what the loop says, and judge by a list."""

    def __init__(self, scores=()):
        self.steps, self.kept, self.looks, self.paths, self.saved = [], [], [], [], []
        self.scores = list(scores)
        self.cancel_at: int | None = None
        self.hooks = Hooks(
            report=self.report,
            judge=self.judge,
            keep=lambda step, judgement: self.kept.append((step, judgement.score)),
            save=lambda progress, _optimizer: self.saved.append(progress),
            restore=lambda _optimizer: None,
            check_cancel=self.check,
        )

    def report(self, event):
        (self.paths if isinstance(event, PathTaken) else self.steps).append(event)

    def judge(self, step):
        self.looks.append(step)
        score = self.scores.pop(0) if self.scores else 1.0
        return Judgement(score=score, log_likelihood=-1.0)

    def check(self):
        if self.cancel_at == len(self.steps):
            raise JobCancelled


def run(loaded, recorder, options=OPTIONS, *, rows=ROWS, seed=0, batch_size=4):
    sampler = Sampler(
        rows=[TrainRow(wordings=(row,)) for row in rows],
        batch_size=batch_size,
        seed=seed,
    )
    return train(loaded, sampler, options, start=START, hooks=recorder.hooks)


def table_of(loaded) -> torch.Tensor:
    """The embeddings, which are the head as well."""
    return loaded.base.get_parameter("model.embed_tokens.weight")


def weights(loaded):
    trained = (weight for weight in loaded.model.parameters() if weight.requires_grad)
    return torch.cat([weight.detach().flatten() for weight in trained])


def test_the_loss_falls(spec):
    recorder = Recorder()
    loaded = adapted(spec)
    with torch.no_grad():
        # The head is this table too, and is not trained: with small numbers nothing gets likely.
        table_of(loaded).mul_(10)

    run(loaded, recorder, replace(OPTIONS, lr=0.02))

    losses = [step.loss for step in recorder.steps]
    assert len(losses) == 16
    assert losses[0] > 6.5
    assert max(losses[-4:]) < 5.2


def test_the_loss_is_that_of_the_target_tokens_alone(spec):
    loaded = adapted(spec)
    row = ROWS[0]

    loss = TargetLoss(loaded.model, PLAIN)(make_batch([row]), [1.0] * row.n_targets)

    with torch.no_grad():
        logits = loaded.base(input_ids=torch.tensor([row.ids])).logits[0].float()
    log_probabilities = torch.log_softmax(logits, dim=-1)
    places = [place for place, learned in enumerate(row.mask) if learned]
    expected = -sum(log_probabilities[place - 1, row.ids[place]].item() for place in places)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_a_base_in_bf16_has_its_adapter_and_its_loss_in_fp32(spec):
    loaded = load_model(spec, "cpu", dtype=torch.bfloat16)
    model = tuning_methods()["lora"].attach(loaded.base, LORA)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    row = ROWS[0]

    loss = TargetLoss(loaded.model, PLAIN)(make_batch([row]), [1.0] * row.n_targets)

    assert {weight.dtype for weight in trained} == {torch.float32}
    assert loss.dtype == torch.float32


def test_micro_batches_do_not_change_what_a_step_learns(spec, monkeypatch):
    options = replace(OPTIONS, epochs=1)
    whole, parts = adapted(spec), adapted(spec)

    run(whole, Recorder(), options, batch_size=16)
    monkeypatch.setattr("tunesmith.engine.train._token_budget", lambda _: 24)
    run(parts, Recorder(), options, batch_size=16)

    assert torch.allclose(weights(whole), weights(parts), atol=1e-4)


def test_the_same_seed_gives_the_same_weights(spec):
    first, again, other = adapted(spec), adapted(spec), adapted(spec)

    run(first, Recorder(), seed=1)
    run(again, Recorder(), seed=1)
    run(other, Recorder(), seed=2)

    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


def test_the_rate_rises_and_then_falls_to_nearly_nothing(spec):
    recorder = Recorder()

    run(adapted(spec), recorder)

    rates = [step.lr for step in recorder.steps]
    assert rates[:3] == pytest.approx([0.025, 0.05, 0.04946], abs=1e-5)
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(0.00054, abs=1e-5)


def test_the_best_step_is_kept_and_named(spec):
    recorder = Recorder([0.5, 0.9, 0.7, 0.9])

    best = run(adapted(spec), recorder)

    assert recorder.looks == [4, 8, 12, 16]
    assert recorder.kept == [(4, 0.5), (8, 0.9)]
    assert best == 8


def test_a_model_that_never_beats_the_base_is_not_kept(spec):
    recorder = Recorder([-0.1, -0.2, 0.0, -0.3])

    assert run(adapted(spec), recorder) == 0
    assert recorder.kept == []


def test_patience_ends_training(spec):
    recorder = Recorder([0.9, 0.8, 0.7, 0.6])

    best = run(adapted(spec), recorder, replace(OPTIONS, patience=2))

    assert recorder.looks == [4, 8, 12]
    assert best == 4


def test_a_loss_that_is_no_number_stops_training_with_advice(spec):
    recorder = Recorder()
    loaded = adapted(spec)
    with torch.no_grad():
        table_of(loaded)[40] = math.inf

    with pytest.raises(Diverged) as raised:
        run(loaded, recorder)

    assert "diverged at step 1: loss nan" in str(raised.value)
    assert "Set a lower one, such as lr: 0.008, in tunesmith.train" in str(raised.value)
    assert recorder.steps == []


def test_cancelling_is_noticed_before_the_next_step(spec):
    recorder = Recorder()
    recorder.cancel_at = 3

    with pytest.raises(JobCancelled):
        run(adapted(spec), recorder)

    assert [step.step for step in recorder.steps] == [1, 2, 3]


def test_the_last_batch_of_an_epoch_may_be_smaller(spec):
    recorder = Recorder()

    run(adapted(spec), recorder, replace(OPTIONS, epochs=2), rows=ROWS[:6])

    assert [step.n_steps for step in recorder.steps] == [4, 4, 4, 4]
    assert [step.epoch for step in recorder.steps] == [0.5, 1.0, 1.5, 2.0]
