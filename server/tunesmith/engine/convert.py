"""`python -m tunesmith.engine.convert GGUF FOLDER`: a GGUF file as a folder of safetensors.

Weights are dequantised once and kept in bf16: such a folder loads in a second or two, where the
GGUF file takes half a minute each time, and it can be trained.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def convert(gguf: Path, folder: Path) -> None:
    """Write weights, tokenizer, chat template and generation config into `folder`.

    Raises whatever transformers raises for a file that is no GGUF of a known architecture.
    """
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
        trust_remote_code=False,
    )
    tokenizer = AutoTokenizer.from_pretrained(
        gguf.parent, gguf_file=gguf.name, trust_remote_code=False
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
