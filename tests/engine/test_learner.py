"""Memory that runs out changes how a batch is computed, and nothing of what a step learns."""

from dataclasses import replace

import pytest
import torch
from tiny_loop import OPTIONS, Recorder, adapted, run, weights

from tiny import write_tiny_model
from tunesmith.engine.models import LoadedModel
from tunesmith.engine.out_of_memory import MemoryFull, is_out_of_memory
from tunesmith.prompt.encoded import Encoded

CPU_FULL = "[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: 9"
ONE_STEP = replace(OPTIONS, epochs=1, eval_steps=1)
LONG_ROWS = [
    Encoded(
        ids=(*range(10, 50), *range(60 + number, 66 + 2 * number), 2),
        mask=(*[False] * (45 + number), True, True),
        n_prompt=45 + number,
    )
    for number in range(8)
]


@pytest.fixture
def spec(tmp_path):
    return write_tiny_model(tmp_path)


def limit_memory(loaded: LoadedModel, n_tokens: int, error: Exception) -> list[int]:
    """Let no more tokens through at once, while activations are kept; sizes that were tried."""
    tried: list[int] = []

    def behind(_layer, inputs, _output):
        n_now = inputs[0].shape[:2].numel()
        tried.append(n_now)
        if n_now > n_tokens and not loaded.base.is_activation_checkpointing:
            raise error

    loaded.base.get_submodule("model.layers.1").register_forward_hook(behind)
    return tried


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("injected"), RuntimeError(CPU_FULL), MemoryError()]
)
@pytest.mark.parametrize("method", ["lora", "full"])
def test_pieces_get_smaller_and_the_step_is_the_same(spec, method, error):
    easy, hard = Recorder(), Recorder()
    whole, parts = adapted(spec, method=method), adapted(spec, method=method)
    options = replace(ONE_STEP, lr=1e-3)

    run(whole, easy, options, rows=LONG_ROWS, batch_size=8)
    tried = limit_memory(parts, 100, error)
    run(parts, hard, options, rows=LONG_ROWS, batch_size=8)

    assert max(tried) > 100
    assert hard.steps[0].loss == pytest.approx(easy.steps[0].loss, abs=1e-5)
    assert hard.steps[0].grad_norm == pytest.approx(easy.steps[0].grad_norm, rel=1e-5)
    assert hard.paths[-1].path == "packed"
    assert hard.warnings == [
        "Memory ran out at step 1: from here on rows go through the model in pieces of at most "
        "42 tokens, a shared prefix apart. What a step learns stays the same."
    ]


# With the smaller one, short rows are through already when a longer piece fails.
@pytest.mark.parametrize("limit", [100, 60])
def test_gradients_are_the_same_to_the_last_digits(spec, limit, monkeypatch):
    grads = []
    for n_tokens in (10_000, limit):
        loaded = adapted(spec)
        limit_memory(loaded, n_tokens, torch.OutOfMemoryError("injected"))
        before = weights(loaded)
        # A step along the gradient itself, so that nothing but the gradient shows.
        monkeypatch.setattr("torch.optim.AdamW", plain_descent)
        run(loaded, Recorder(), replace(ONE_STEP, clip=0.0), rows=LONG_ROWS, batch_size=8)
        grads.append(before - weights(loaded))

    assert float((grads[0] - grads[1]).norm() / grads[0].norm()) <= 1e-5


def plain_descent(groups, *, lr, weight_decay):
    return torch.optim.SGD(groups, lr=lr, weight_decay=weight_decay)


def test_it_is_said_once_however_often_it_happens(spec):
    loaded, recorder = adapted(spec), Recorder()
    limit_memory(loaded, 60, torch.OutOfMemoryError("injected"))

    run(loaded, recorder, replace(ONE_STEP, checkpointing="off"), rows=LONG_ROWS, batch_size=8)

    assert len(recorder.warnings) == 1
    assert len(recorder.steps) == 1


def test_a_row_that_does_not_fit_alone_is_computed_twice(spec):
    easy, hard = Recorder(), Recorder()
    whole, parts = adapted(spec), adapted(spec)
    options = replace(ONE_STEP, lr=1e-3)

    run(whole, easy, options, rows=LONG_ROWS, batch_size=8)
    limit_memory(parts, 20, torch.OutOfMemoryError("injected"))
    run(parts, hard, options, rows=LONG_ROWS, batch_size=8)

    assert parts.base.is_activation_checkpointing
    assert hard.paths[-1].path == "packed"
    assert hard.steps[0].loss == pytest.approx(easy.steps[0].loss, abs=1e-5)
    assert hard.steps[0].grad_norm == pytest.approx(easy.steps[0].grad_norm, rel=1e-5)


def test_a_row_that_does_not_fit_ends_the_run_with_advice(spec):
    loaded, recorder = adapted(spec), Recorder()
    options = replace(ONE_STEP, checkpointing="off")
    limit_memory(loaded, 20, torch.OutOfMemoryError("CUDA out of memory. Tried\nto allocate"))

    with pytest.raises(MemoryFull) as raised:
        run(loaded, recorder, options, rows=LONG_ROWS, batch_size=8)

    assert str(raised.value) == (
        "memory is full at step 1 with a single row of 47 tokens (CUDA out of memory. Tried). In "
        "tunesmith.train, lower max_length or, where it is off, set checkpointing: on; a smaller "
        "batch_size changes nothing, for rows go through one by one already"
    )


def test_checkpointing_changes_no_number(spec):
    kept, twice = Recorder(), Recorder()
    loaded, other = adapted(spec), adapted(spec)
    options = replace(OPTIONS, lr=1e-3)

    run(loaded, kept, replace(options, checkpointing="off"), rows=LONG_ROWS, batch_size=8)
    run(other, twice, replace(options, checkpointing="on"), rows=LONG_ROWS, batch_size=8)

    assert not loaded.base.is_activation_checkpointing
    assert other.base.is_activation_checkpointing
    assert [step.loss for step in twice.steps] == pytest.approx(
        [step.loss for step in kept.steps], abs=1e-5
    )
    assert torch.allclose(weights(loaded), weights(other), atol=1e-4)


def test_checkpointing_is_refused_where_it_would_drop_what_is_learned(spec):
    loaded, recorder = adapted(spec, method="prefix-tuning"), Recorder()

    run(loaded, recorder, replace(ONE_STEP, checkpointing="on"), rows=LONG_ROWS, batch_size=8)

    assert not loaded.base.is_activation_checkpointing
    assert recorder.paths[-1].path == "two-pass"
    assert recorder.warnings == [
        "Training goes on without checkpointing: it would leave out the key-value cache, through "
        "which this method works."
    ]


def test_an_optimizer_that_does_not_fit_names_the_method(spec, monkeypatch):
    def fail(*_args, **_kwargs):
        raise torch.OutOfMemoryError("injected")

    monkeypatch.setattr("torch.optim.AdamW.step", fail)

    with pytest.raises(MemoryFull, match=r"the optimizer needs .* Set method: lora or a smaller"):
        run(adapted(spec, method="full"), Recorder(), ONE_STEP)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of range"), False),
    ],
)
def test_what_counts_as_full(error, expected):
    assert is_out_of_memory(error) == expected
