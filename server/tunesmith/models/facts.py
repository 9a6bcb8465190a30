"""What a model's folder says about itself, read without loading it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx")


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What decides defaults."""

    family: str
    """`model_type` of the configuration, such as `llama`."""
    hidden_size: int
    has_chat_template: bool


def read_facts(folder: Path) -> ModelFacts:
    """Facts of the model in `folder`.

    Raises ValueError naming the file that is missing or broken.
    """
    config_path = folder / "config.json"
    try:
        config = _read_json(config_path)
        hidden_size = int(config.get("hidden_size") or config["n_embd"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{config_path}: not a model configuration ({error})") from error
    if hidden_size < 1:
        raise ValueError(f"{config_path}: not a model configuration (hidden_size {hidden_size})")
    return ModelFacts(
        family=str(config.get("model_type", "unknown")),
        hidden_size=hidden_size,
        has_chat_template=_has_chat_template(folder),
    )


def context_length(folder: Path) -> int | None:
    """How many tokens the model in `folder` has positions for; None where it does not say.

    Raises OSError, and ValueError where the configuration is no JSON object.
    """
    config = _read_json(folder / "config.json")
    # What it says of its part on text comes first, where it has one.
    for part in (config.get("text_config"), config):
        found = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
        for key in _CONTEXT_KEYS:
            if type(found.get(key)) is int and found[key] > 0:
                return found[key]
    return None


def template_for(chosen: object, facts: ModelFacts) -> Literal["chat", "plain"]:
    """How prompts are put to a model: `chosen` in `tunesmith.train`, else as the model can.

    Raises ValueError for `chat` where the model has no chat template.
    """
    if chosen == "chat" and not facts.has_chat_template:
        raise ValueError(
            "this model has no chat template: leave `template` out, or set it to plain"
        )
    return "chat" if facts.has_chat_template and chosen != "plain" else "plain"


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        return bool(_read_json(folder / "tokenizer_config.json").get("chat_template"))
    except OSError:
        return False


def _read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises OSError, and ValueError for anything else."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply") from None
    if not isinstance(plain, dict):
        raise ValueError(f"{path} holds no JSON object")
    return cast("dict[str, Any]", plain)
