"""A GGUF file as a folder of safetensors."""

from pathlib import Path

import gguf
import torch
from safetensors.torch import load_file

from tiny_gguf import write_tiny_gguf
from tunesmith.engine.convert import convert


def test_weights_are_those_of_the_file_in_bfloat16(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "tiny.gguf")

    convert(tmp_path / "tiny.gguf", tmp_path / "model")

    stored = {
        tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "tiny.gguf").tensors
    }
    weights = load_file(tmp_path / "model" / "model.safetensors")
    expected = torch.tensor(stored["token_embd.weight"]).to(torch.bfloat16)
    assert torch.equal(weights["model.embed_tokens.weight"], expected)
    expected = torch.tensor(stored["blk.0.ffn_down.weight"]).to(torch.bfloat16)
    assert torch.equal(weights["model.layers.0.mlp.down_proj.weight"], expected)
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
