"""What is found out before the first step, and that finding it out leaves no trace."""

import os
import random
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook
from transformers import LlamaForCausalLM

from small_job import make_run, make_spec, reviews, run_job
from tiny import write_tiny_model
from tunesmith.engine.cancel import CancelSwitch
from tunesmith.engine.checkpoint import verify_checkpoint
from tunesmith.engine.job import do_job
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import LoadedModel, load_model
from tunesmith.engine.rehearsal import rehearse, undone
from tunesmith.engine.reporter import Reporter
from tunesmith.engine.sampler import Sampler, TrainRow
from tunesmith.engine.train import LoopOptions
from tunesmith.prompt.encoded import Encoded
from tunesmith.wire.events import Step

SOURCES = {"lr": "F: a formula"}


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A job that ends before the first step: its spec, folder and state."""
    spec = make_spec(tmp_path_factory.mktemp("planned"), epochs=9)
    spec = replace(spec, kind="plan", sources=SOURCES)
    return (spec, *run_job(spec))


def kinds_of(run_dir):
    return [record.event.kind for record in run_dir.read_records()]


def test_a_plan_knows_everything_and_trains_nothing(planned):
    _, run_dir, state = planned

    assert state.status == "finished"
    assert kinds_of(run_dir) == [
        "started",
        "plan",
        "warning",
        "rate-probe",
        "path",
        "preflight",
        "finished",
    ]
    assert state.plan.detectable == pytest.approx(0.42, abs=0.01)
    assert state.preflight.n_probed == 10
    assert state.preflight.step_s > 0
    assert state.preflight.epoch_s == pytest.approx(7 * state.preflight.step_s)
    assert state.preflight.look_s > 0
    assert state.preflight.free_bytes > state.preflight.memory_bytes
    assert not run_dir.adapter.exists()
    assert not run_dir.report_path.exists()


def test_the_factor_is_about_that_of_the_first_batch(planned):
    _, _, state = planned

    assert state.path.path == "packed"
    assert state.preflight.factor == pytest.approx(state.path.factor, rel=0.05)


def test_a_run_with_its_rate_probed_ends_as_one_that_was_given_that_rate(tmp_path):
    spec = make_spec(tmp_path, epochs=9, eval_steps=32)

    probing, state = run_job(replace(spec, sources=SOURCES), "probing")
    assert state.rate_probe
    assert state.preflight
    rate = state.rate_probe.chosen
    given, other = run_job(replace(spec, train={**spec.train, "lr": rate}), "given")

    assert state.rate_probe.rates == (0.0067, 0.02, 0.06)
    assert rate in state.rate_probe.rates
    assert rate == min(zip(state.rate_probe.losses, state.rate_probe.rates, strict=True))[1]
    assert other.rate_probe is None
    assert steps_of(probing) == steps_of(given)
    assert size_of(probing) < state.preflight.disk_bytes
    assert verify_checkpoint(probing.adapter) == verify_checkpoint(given.adapter)


def size_of(run_dir):
    return sum(file.stat().st_size for file in run_dir.path.rglob("*") if file.is_file())


def steps_of(run_dir):
    events = [record.event for record in run_dir.read_records()]
    return [
        (event.step, event.loss, event.lr, event.grad_norm)
        for event in events
        if isinstance(event, Step)
    ]


def test_a_job_that_goes_on_with_a_run_keeps_to_the_rate_of_the_first(tmp_path):
    spec = replace(make_spec(tmp_path, epochs=9), sources=SOURCES)
    run_dir = make_run(spec)
    with Reporter(run_dir) as reporter:
        switch = CancelSwitch(run_dir)
        reporter.listeners.append(
            lambda event: (
                run_dir.cancel_path.touch() if isinstance(event, Step) and event.step == 9 else None
            )
        )
        do_job(spec, run_dir, reporter, switch)
        first = reporter.state
    run_dir.cancel_path.unlink()

    with Reporter(run_dir) as reporter:
        do_job(spec, run_dir, reporter, CancelSwitch(run_dir))
        state = reporter.state

    assert first.status == "cancelled"
    assert state.status == "finished"
    assert kinds_of(run_dir).count("rate-probe") == kinds_of(run_dir).count("preflight") == 1
    rates = {lr for _, _, lr, _ in steps_of(run_dir)}
    assert state.rate_probe
    assert max(rates) == pytest.approx(state.rate_probe.chosen)


@pytest.mark.parametrize(
    ("epochs", "more", "n_probed", "is_probed"),
    [
        (3, {}, 0, False),
        (8, {}, 5, False),
        (9, {}, 10, True),
        (9, {"lr_probe": "off"}, 5, False),
    ],
    ids=["short", "longer", "long", "switched off"],
)
def test_a_run_is_rehearsed_where_it_is_long_enough(tmp_path, epochs, more, n_probed, is_probed):
    spec = make_spec(tmp_path, epochs=epochs, patience=1, eval_steps=1, **more)

    _, state = run_job(replace(spec, sources=SOURCES))

    assert state.status == "finished"
    assert state.preflight
    assert state.preflight.n_probed == n_probed
    assert (state.rate_probe is not None) == is_probed


def test_a_rate_at_which_training_diverges_is_not_taken(tmp_path):
    spec = make_spec(tmp_path, epochs=9, lr=1.0, patience=1, clip=0.0)

    _, state = run_job(replace(spec, sources=SOURCES))

    assert state.rate_probe
    assert state.rate_probe.chosen < 3.0


def test_few_steps_and_too_small_an_adapter_are_told(tmp_path):
    rows = reviews(80).replace("negative", "negative " + "very " * 60 + "bad")
    spec = make_spec(tmp_path, rows, epochs=1, rank=1, max_length=2000)
    label = "negative " + "very " * 60 + "bad"
    data = replace(spec.data, labels=(label, "positive"))
    sources = {"lr": "F: a formula; x 1.5 for fewer than 100 steps (R)"}

    _, state = run_job(replace(spec, data=data, kind="plan", sources=sources))

    assert state.status == "finished", state.failed
    assert state.warnings[0] == (
        "Training has only 7 steps: the rate is 0.02, 1.5 times the usual one; "
        "100 or more are better."
    )
    assert "target tokens and the adapter" in state.warnings[1]
    assert "raise rank in tunesmith.train" in state.warnings[1]


def test_a_disk_that_is_too_small_ends_the_run_before_it_writes_anything(tmp_path, monkeypatch):
    spec = make_spec(tmp_path)
    found = os.statvfs(tmp_path)
    full = os.statvfs_result([*found[:4], 10, *found[5:]])
    monkeypatch.setattr(os, "statvfs", lambda _folder: full)

    run_dir, state = run_job(spec)

    assert state.status == "failed"
    assert state.failed
    assert "the run would write up to 1 MB, and the disk of" in state.failed.message
    assert "has 1 MB left: make room there" in state.failed.message
    assert not run_dir.checkpoints.exists()


OPTIONS = LoopOptions(
    epochs=1,
    lr=0.05,
    warmup=0.0,
    clip=1.0,
    weight_decay=0.1,
    eval_steps=100,
    patience=5,
)


def rows(n_rows: int) -> list[TrainRow]:
    chance = random.Random(0)
    made = []
    for _ in range(n_rows):
        ids = (*range(10, 30), *(chance.randrange(3, 200) for _ in range(6)))
        mask = (False,) * 24 + (True,) * 2
        made.append(TrainRow(wordings=(Encoded(ids=ids, mask=mask, n_prompt=24),)))
    return made


@pytest.mark.parametrize("method", ["lora", "full", "p-tuning", "prefix-tuning"])
def test_a_rehearsal_leaves_no_trace(tmp_path, method):
    options = {"rank": 4, "alpha": 8.0, "dropout": 0.1, "tokens": 4, "hidden_size": 16}
    base = load_model(write_tiny_model(tmp_path), "cpu").base
    loaded = LoadedModel(
        model=tuning_methods()[method].attach(base, options), device=torch.device("cpu")
    )
    sampler = Sampler(rows=rows(40), batch_size=4, seed=0)
    before = {name: tensor.clone() for name, tensor in loaded.model.state_dict().items()}
    random_state, order = torch.get_rng_state(), list(sampler.batches(0))

    updates = []
    counting = register_optimizer_step_post_hook(lambda *_: updates.append(1))
    with undone(loaded.model):
        found = rehearse(loaded, sampler, OPTIONS, n_steps=3, check_cancel=lambda: None)
        loaded.base.activation_checkpointing_enable()
        moved = [
            name
            for name, tensor in loaded.model.state_dict().items()
            if not torch.equal(tensor, before[name])
        ]

    after = loaded.model.state_dict()
    counting.remove()
    assert found.n_steps == len(updates) == 3
    assert moved
    assert not loaded.base.is_activation_checkpointing
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert torch.equal(torch.get_rng_state(), random_state)
    assert list(sampler.batches(0)) == order
    assert all(weight.grad is None for weight in loaded.model.parameters())


HOLDING = """
import torch
from tunesmith.engine.room import free_memory, peak_memory, reset_peak
device = torch.device("cpu")
reset_peak(device)
before = peak_memory(device)
kept = torch.ones(16_000_000)
del kept
print(peak_memory(device) - before, free_memory(device))
"""


def test_the_peak_is_the_most_that_was_held():
    # In a process of its own, which has no memory at hand that it could use again.
    done = subprocess.run([sys.executable, "-c", HOLDING], capture_output=True, text=True)

    more, free = map(int, done.stdout.split())
    assert 60e6 < more < 70e6
    assert free > 0


def test_a_model_in_two_formats_needs_memory_for_both(tmp_path, monkeypatch):
    monkeypatch.setattr("tunesmith.engine.preflight.held_memory", lambda _device: 1)
    needed = []
    for name, is_mixed in (("one", False), ("two", True)):
        monkeypatch.setattr("tunesmith.engine.preflight.is_mixed", lambda _model, it=is_mixed: it)
        (tmp_path / name).mkdir()
        spec = make_spec(tmp_path / name, epochs=1)
        _, state = run_job(replace(spec, kind="plan", method="full"))
        assert state.preflight
        needed.append(state.preflight.memory_bytes)

    weights = load_model(spec.model, "cpu", dtype=torch.float32).model.parameters()
    assert needed[1] - needed[0] == sum(weight.nbytes for weight in weights) // 2


@pytest.mark.parametrize(("checkpointing", "n_enabled"), [("auto", 1), ("off", 0)])
def test_memory_that_is_too_small_is_saved(tmp_path, monkeypatch, checkpointing, n_enabled):
    enabled = []
    enable = LlamaForCausalLM.activation_checkpointing_enable
    monkeypatch.setattr("tunesmith.engine.preflight.free_memory", lambda _device: 1)
    monkeypatch.setattr(
        LlamaForCausalLM,
        "activation_checkpointing_enable",
        lambda model: (enabled.append(model), enable(model)),
    )

    _, state = run_job(make_spec(tmp_path, epochs=1, checkpointing=checkpointing))

    assert state.status == "finished"
    assert len(enabled) == n_enabled
    assert any("activations are computed twice to need less" in said for said in state.warnings)
