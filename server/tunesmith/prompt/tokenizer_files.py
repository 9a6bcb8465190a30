"""What stands beside a model's `tokenizer.json`: its chat template, and the tokens with names."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tunesmith.prompt.guard import EncodeError

_NAMED_TOKENS = (
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
)


@dataclass(frozen=True, kw_only=True)
class TokenizerFiles:
    """Of one model's folder."""

    chat_template: str | None
    named_tokens: Mapping[str, str]
    """`bos_token`, `eos_token` and so on."""
    eos_ids: tuple[int, ...]
    """Tokens that end a generation, by the model's configuration."""


def read_tokenizer_files(model_dir: Path) -> TokenizerFiles:
    """What is missing is left out. Raises EncodeError where a file is broken."""
    config = _read_json(model_dir / "tokenizer_config.json")
    return TokenizerFiles(
        chat_template=_read_chat_template(model_dir, config),
        named_tokens=dict(_named_tokens(config)),
        eos_ids=tuple(_read_eos_ids(model_dir)),
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise EncodeError(f"cannot read {path}: {error}") from error
    return cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}


def _read_chat_template(model_dir: Path, config: Mapping[str, Any]) -> str | None:
    try:
        return (model_dir / "chat_template.jinja").read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise EncodeError(f"cannot read {model_dir / 'chat_template.jinja'}: {error}") from error
    found = config.get("chat_template")
    if isinstance(found, list):
        templates = [
            cast("dict[str, object]", one)
            for one in cast("list[object]", found)
            if isinstance(one, dict)
        ]
        found = next(
            (one.get("template") for one in templates if one.get("name") == "default"), None
        )
    return found if isinstance(found, str) else None


def _named_tokens(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _NAMED_TOKENS:
        token = config.get(name)
        text = cast("dict[str, Any]", token).get("content") if isinstance(token, dict) else token
        if isinstance(text, str):
            yield name, text


def _read_eos_ids(model_dir: Path) -> Iterator[int]:
    for name in ("generation_config.json", "config.json"):
        found = _read_json(model_dir / name).get("eos_token_id")
        ids = cast("list[object]", found) if isinstance(found, list) else [found]
        yield from (token for token in ids if isinstance(token, int))
