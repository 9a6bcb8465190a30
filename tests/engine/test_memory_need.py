"""What `models/memory.py` says of a model, from its files alone, is what libraries then hold."""

from pathlib import Path

import pytest

from tiny import write_tiny_model
from tiny_tokenizers import write_shapes
from tunesmith.catalog.methods import methods
from tunesmith.catalog.options import resolve_options
from tunesmith.engine.methods import tuning_methods
from tunesmith.engine.models import load_model
from tunesmith.lint.rules.memory_over import advice
from tunesmith.models.builtin import BUILTINS
from tunesmith.models.memory import Need, need
from tunesmith.models.shapes import weight_shapes


@pytest.mark.parametrize("rank", [1, 8])
def test_an_adapter_learns_as_many_weights_as_are_counted(rank: int, tmp_path: Path):
    spec = write_tiny_model(tmp_path / "tiny")
    base = load_model(spec, "cpu").base
    n_weights = base.num_parameters()

    counted = need(weight_shapes(Path(spec.path)), width=32, rank=rank)

    options = resolve_options(methods()["lora"].options, {"rank": rank})
    adapted = tuning_methods()["lora"].attach(base, options)
    n_trained = sum(one.numel() for one in adapted.parameters() if one.requires_grad)
    inputs = [
        weight.shape[1]
        for name, weight in adapted.named_parameters()
        if name.endswith("lora_A.default.weight")
    ]
    assert (counted.weights, counted.trained) == (2 * n_weights, 16 * n_trained)
    assert counted.per_token == 34 * 32 * 2 + 4 * sum(inputs)


def test_every_weight_learns_without_an_adapter(tmp_path: Path):
    write_shapes(tmp_path / "a.safetensors", {"h.0.x": (3, 4), "h.1.x": (5,)})

    counted = need(weight_shapes(tmp_path), width=10, rank=None)

    assert counted == Need(weights=34, trained=16 * 17, per_token=34 * 10 * 2)


def test_the_builtin_model_fits_into_two_gigabytes():
    (builtin,) = BUILTINS.values()

    counted = need(weight_shapes(builtin.folder), width=576, rank=8)

    assert counted.weights == 2 * 134_515_008
    assert counted.per_token == 1_186_560
    assert 1.5e9 < counted.of(1024) < 1.6e9


def test_the_advice_is_the_largest_batch_that_fits():
    needed = Need(weights=900, trained=90, per_token=2)

    assert "has 2 rows" in advice(needed, there=1032, longest=10)
    assert "rows of 5 tokens would fit" in advice(needed, there=1000, longest=10)
    assert advice(needed, there=990, longest=10) == "tune a smaller model"


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 9, b"\x02" + b"\0" * 7 + b"[]", b"\x09" + b"\0" * 7]
)
def test_a_file_of_no_weights_is_refused(content: bytes, tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(content)

    with pytest.raises(ValueError):
        weight_shapes(tmp_path)
