"""What a model's folder says about itself, read without loading it."""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal, cast

_MAX_HEADER = 100_000_000


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What decides defaults."""

    family: str
    """`model_type` of the configuration, such as `llama`."""
    hidden_size: int
    n_parameters: int
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
        has_chat_template=_has_chat_template(folder),
    )


def template_for(chosen: object, facts: ModelFacts) -> Literal["chat", "plain"]:
    """How prompts are put to a model: `chosen` in `tunesmith.train`, else as the model can.

    Raises ValueError for `chat` where the model has no chat template.
    """
    if chosen == "chat" and not facts.has_chat_template:
        raise ValueError(
            "this model has no chat template: leave `template` out, or set it to plain"
        )
    return "chat" if facts.has_chat_template and chosen != "plain" else "plain"


def _n_parameters(path: Path) -> int:
    """Numbers stored in one safetensors file: its header lists every tensor's shape."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, _MAX_HEADER)))
            return sum(
                prod(tensor["shape"]) for key, tensor in header.items() if key != "__metadata__"
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: not a safetensors file ({error})") from error


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        text = (folder / "tokenizer_config.json").read_text(encoding="utf-8")
    except OSError:
        return False
    return bool(cast("dict[str, Any]", json.loads(text)).get("chat_template"))
