"""Whether a folder holds a model that may be loaded: safetensors and a tokenizer, never pickles."""

import json
from pathlib import Path
from typing import Any

INDEX_NAME = "model.safetensors.index.json"


def folder_problem(folder: Path) -> str | None:
    """What keeps a folder from being loaded; None where it is whole."""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    has_weights = any(folder.glob("*.safetensors"))
    if not has_weights and (gguf := sorted(folder.glob("*.gguf"))):
        return f"{folder} holds GGUF only: name one file of it, such as local/{gguf[0]}"
    for name in ("config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            return f"{folder} has no {name}"
    if (folder / INDEX_NAME).is_file():
        return _shard_problem(folder)
    if has_weights:
        return None
    return (
        f"{folder} has no *.safetensors; weights in pickles (*.bin, *.pt) are never loaded, "
        "because opening one runs whatever code it holds"
    )


def _shard_problem(folder: Path) -> str | None:
    try:
        index: Any = json.loads((folder / INDEX_NAME).read_text(encoding="utf-8"))
        shards = {str(shard) for shard in index["weight_map"].values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{folder / INDEX_NAME} cannot be read: {error}"
    missing = sorted(shard for shard in shards if not (folder / shard).is_file())
    return f"{folder} lacks {', '.join(missing)}" if missing else None
