"""What a model's folder says about itself, read without loading it."""

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, cast

_MAX_HEADER = 100_000_000


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """Sizes that decide defaults."""

    family: str
    """`model_type` of the configuration, such as `llama`."""
    hidden_size: int
    n_parameters: int
    max_length: int | None
    """Tokens of context, where the configuration says."""
    has_chat_template: bool


def read_facts(folder: Path) -> ModelFacts:
    """Facts of the model in `folder`.

    Raises ValueError naming the file that is missing or broken.
    """
    config_path = folder / "config.json"
    try:
        config = cast("dict[str, Any]", json.loads(config_path.read_text(encoding="utf-8")))
        hidden_size = int(config.get("hidden_size") or config["n_embd"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{config_path}: not a model configuration ({error})") from error
    return ModelFacts(
        family=str(config.get("model_type", "unknown")),
        hidden_size=hidden_size,
        n_parameters=sum(_n_parameters(path) for path in folder.glob("*.safetensors")),
        max_length=config.get("max_position_embeddings") or config.get("n_positions"),
        has_chat_template=_has_chat_template(folder),
    )


def _n_parameters(path: Path) -> int:
    """Numbers stored in one safetensors file: its header lists every tensor's shape."""
    with path.open("rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        if size > _MAX_HEADER:
            raise ValueError(f"{path}: not a safetensors file")
        header = cast("dict[str, dict[str, Any]]", json.loads(file.read(size)))
    return sum(prod(entry["shape"]) for key, entry in header.items() if key != "__metadata__")


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        text = (folder / "tokenizer_config.json").read_text(encoding="utf-8")
    except OSError:
        return False
    return bool(cast("dict[str, Any]", json.loads(text)).get("chat_template"))
