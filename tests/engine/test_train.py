"""The loop itself, on a model that trains in a second."""

import math
from dataclasses import replace

import pytest
import torch
from tiny_loop import OPTIONS, ROWS, SETTINGS, START, Recorder, adapted, run, weights

from tiny import write_tiny_model
from tunesmith.engine.cancel import JobCancelled
from tunesmith.engine.loss import TargetLoss
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import load_model
from tunesmith.engine.paths import make_batch
from tunesmith.engine.paths.plain import PATH as PLAIN
from tunesmith.engine.progress import Progress
from tunesmith.engine.train import Diverged


@pytest.fixture
def spec(tmp_path):
    return write_tiny_model(tmp_path)


def table_of(loaded) -> torch.Tensor:
    """The embeddings, which are the head as well."""
    return loaded.base.get_parameter("model.embed_tokens.weight")


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
    model = tuning_methods()["lora"].attach(loaded.base, SETTINGS["lora"])
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    row = ROWS[0]

    loss = TargetLoss(loaded.model, PLAIN)(make_batch([row]), [1.0] * row.n_targets)

    assert {weight.dtype for weight in trained} == {torch.float32}
    assert loss.dtype == torch.float32


def test_micro_batches_do_not_change_what_a_step_learns(spec, monkeypatch):
    options = replace(OPTIONS, epochs=1)
    whole, parts = adapted(spec), adapted(spec)

    run(whole, Recorder(), options, batch_size=16)
    monkeypatch.setattr("tunesmith.engine.learner.first_budget", lambda _: 24)
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

    def damage(event):
        recorder.report(event)
        if len(recorder.steps) == 2:
            with torch.no_grad():
                table_of(loaded)[40] = math.inf

    recorder.hooks = replace(recorder.hooks, report=damage)

    with pytest.raises(Diverged) as raised:
        run(loaded, recorder)

    assert str(raised.value).startswith("training diverged at step 3: loss ")
    assert "Set a lower one, such as lr: 0.02, in tunesmith.train" in str(raised.value)
    assert len(recorder.steps) == 2


def test_a_base_that_is_no_number_is_not_blamed_on_the_rate(spec):
    loaded = adapted(spec)
    with torch.no_grad():
        table_of(loaded)[40] = math.inf

    with pytest.raises(Diverged, match=r"diverged at step 1: loss nan.* before any weight has"):
        run(loaded, Recorder())


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


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("cosine", [0.05, 0.04946, 0.04784]),
        ("linear", [0.05, 0.04667, 0.04333]),
        ("constant", [0.05, 0.05, 0.05]),
    ],
)
def test_the_rate_follows_the_schedule(spec, schedule, expected):
    recorder = Recorder()

    run(adapted(spec), recorder, replace(OPTIONS, schedule=schedule))

    rates = [step.lr for step in recorder.steps]
    assert rates[0] == 0.025
    assert rates[1:4] == pytest.approx(expected, abs=1e-5)


def test_gradients_are_clipped_to_the_length_and_0_leaves_them(spec):
    options = replace(OPTIONS, epochs=1)
    found = {}
    for clip in (0.0, 1e-6, 1e6):
        loaded, recorder = adapted(spec), Recorder()
        run(loaded, recorder, replace(options, clip=clip))
        found[clip] = (weights(loaded), recorder.steps[0].grad_norm)

    assert torch.equal(found[0.0][0], found[1e6][0])
    assert not torch.equal(found[0.0][0], found[1e-6][0])
    assert {norm for _, norm in found.values()} == {found[0.0][1]}


def test_only_matrices_decay(spec):
    still, decayed = adapted(spec, method="full"), adapted(spec, method="full")
    # So small a rate that the gradient moves nothing, and a decay that shrinks at once.
    options = replace(OPTIONS, epochs=1, lr=1e-9, schedule="constant", warmup=0.0)

    run(still, Recorder(), options)
    run(decayed, Recorder(), replace(options, weight_decay=1e8))

    before, after = (dict(loaded.base.named_parameters()) for loaded in (still, decayed))
    shrunk = {name for name in before if after[name].norm() < 0.9 * before[name].norm()}
    assert shrunk == {name for name in before if "norm" not in name}


def test_time_that_is_over_ends_training_with_a_last_look(spec):
    recorder = Recorder([0.5])

    best = run(adapted(spec), recorder, replace(OPTIONS, max_minutes=1e-9))

    assert (len(recorder.steps), recorder.looks, best) == (1, [1], 1)
    assert recorder.warnings == [
        "max_minutes: 1e-09 is over at step 1 of 16: training ends here with its best step, 1."
    ]
    assert recorder.steps[0].left_s == 0.0


def test_a_resumed_run_goes_on_with_its_clock_and_its_patience(spec):
    left_off = Progress(
        step=4, best=START, best_step=0, n_looks_since=1, train_s=50.0, look_s=11.0, n_tokens=1000
    )
    timed, patient, going = Recorder(), Recorder(), Recorder()
    for recorder in (timed, patient, going):
        recorder.left_off = left_off

    run(adapted(spec), timed, replace(OPTIONS, max_minutes=1.0))
    run(adapted(spec), patient, replace(OPTIONS, patience=1))
    run(adapted(spec), going)

    assert (timed.steps, patient.steps) == ([], [])
    assert [step.step for step in going.steps] == list(range(5, 17))
    first = going.steps[0]
    n_tokens = 1000 + sum(len(row.ids) for row in ROWS) / 4
    assert first.tokens_per_s == pytest.approx(n_tokens / 50, rel=0.5)
    # 11 steps of 10 seconds each, and 3 looks of 11.
    assert first.left_s == pytest.approx(50 / 5 * 11 + 3 * 11, rel=0.2)


def test_a_jump_of_the_loss_is_called_out_once(spec):
    loaded, recorder = adapted(spec), Recorder()
    table = table_of(loaded).clone()

    def disturb(event):
        recorder.report(event)
        with torch.no_grad():
            # What the model knows of the targets is turned round before steps 11 and 13.
            table_of(loaded).copy_(-40 * table if len(recorder.steps) in (10, 12) else table)

    recorder.hooks = replace(recorder.hooks, report=disturb)

    run(loaded, recorder, replace(OPTIONS, lr=1e-6))

    assert len(recorder.steps) == 16
    assert [message.split(":")[0] for message in recorder.warnings] == [
        "The loss jumped at step 11"
    ]


def test_over_fitting_is_called_out_once(spec):
    recorder = Recorder([0.5] * 8, [-0.5, -0.6, -0.7, -0.8, -0.9, -1.0, -1.1, -1.2])
    loaded = adapted(spec)
    with torch.no_grad():
        table_of(loaded).mul_(10)

    run(loaded, recorder, replace(OPTIONS, epochs=2, eval_steps=1, lr=0.02))

    assert len(recorder.warnings) == 1
    assert "(log-likelihood -0.5 to -0.8) while the training loss fell" in recorder.warnings[0]
    assert "Step 1 is kept as the best" in recorder.warnings[0]
    assert recorder.saved[-1].warned == ("over-fitting",)
