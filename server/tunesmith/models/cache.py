"""Folders outside the workspace where models are kept."""

import os
from pathlib import Path


def cache_root() -> Path:
    """`$TUNESMITH_CACHE`, else `$XDG_CACHE_HOME/tunesmith`, else `~/.cache/tunesmith`."""
    if own := os.environ.get("TUNESMITH_CACHE"):
        return Path(own).expanduser()
    return _user_cache() / "tunesmith"


def hub_cache_root() -> Path:
    """Where the Hugging Face hub keeps its downloads, by the same rules as its own client."""
    if own := os.environ.get("HF_HUB_CACHE"):
        return Path(own).expanduser()
    if home := os.environ.get("HF_HOME"):
        return Path(home).expanduser() / "hub"
    return _user_cache() / "huggingface" / "hub"


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
